#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "bulk/byte_source.h"

namespace spectrum::bulk {

/// A window over a ByteSource: what was read and not yet consumed, contiguous, growing as needed up to a limit.
class Buffer {
 public:
  explicit Buffer(std::unique_ptr<ByteSource> source) : source_(std::move(source)), bytes_(kFirst) {}

  std::string_view text() const { return {bytes_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t size) { begin_ += size; }

  /// Reads more behind what is there; false at the end of the source. Views of `text()` end with it. `invalid` when
  /// more than `kLargest` would have to be held at once.
  Result<bool> more() {
    if (end_ == bytes_.size()) {
      if (begin_ > 0) {
        std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), bytes_.begin() + static_cast<std::ptrdiff_t>(end_),
                  bytes_.begin());
        end_ -= begin_;
        begin_ = 0;
      } else if (bytes_.size() >= kLargest) {
        return invalid("one row is larger than " + std::to_string(kLargest >> 20) + " MiB: is a quote left open?");
      } else {
        bytes_.resize(bytes_.size() * 2);
      }
    }
    TRY(const std::size_t got, source_->read(bytes_.data() + end_, bytes_.size() - end_));
    end_ += got;
    return got > 0;
  }

 private:
  static constexpr std::size_t kFirst = 1 << 18;
  static constexpr std::size_t kLargest = 32 << 20;

  std::unique_ptr<ByteSource> source_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace spectrum::bulk
