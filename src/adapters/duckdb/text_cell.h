#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace spectrum::duckdb {

/// A text in one of DuckDB's vectors, laid out as its duckdb_string_t: up to twelve bytes lie in the cell
/// itself, of longer ones the first four and a pointer.
struct TextCell {
  static constexpr std::size_t kInlined = 12;

  std::uint32_t size;
  char head[4];
  union {
    char tail[8];
    const char* pointer;
  };

  /// Points into `text` when it is long: that has to live until the chunk was appended.
  void set(std::string_view text) {
    size = static_cast<std::uint32_t>(text.size());
    if (text.size() <= kInlined) {
      std::memset(head, 0, kInlined);
      std::memcpy(head, text.data(), text.size());
    } else {
      std::memcpy(head, text.data(), sizeof head);
      pointer = text.data();
    }
  }
  std::string_view view() const { return {size <= kInlined ? head : pointer, size}; }
};

}  // namespace spectrum::duckdb
