#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "bulk/byte_source.h"

namespace spectrum {

/// A text as a source that gives it in slices of the sizes asked for.
class SlicedSource final : public bulk::ByteSource {
 public:
  explicit SlicedSource(std::string text, std::function<std::size_t()> next_slice = [] { return std::string::npos; })
      : text_(std::move(text)), next_slice_(std::move(next_slice)) {}

  Result<std::size_t> read(char* out, std::size_t size) override {
    const std::size_t got = std::min({size, next_slice_(), text_.size() - position_});
    std::memcpy(out, text_.data() + position_, got);
    position_ += got;
    return got;
  }
  std::uint64_t position() const override { return position_; }
  std::uint64_t size() const override { return text_.size(); }

 private:
  const std::string text_;
  const std::function<std::size_t()> next_slice_;
  std::size_t position_ = 0;
};

}  // namespace spectrum
