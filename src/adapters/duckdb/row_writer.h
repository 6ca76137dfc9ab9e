#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/duckdb/text_cell.h"

struct _duckdb_data_chunk;

namespace spectrum::duckdb {

/// Writes the rows of a chunk, one after the other. Texts are viewed, not copied.
class RowWriter {
 public:
  /// How many rows a chunk holds.
  static constexpr std::size_t kCapacity = 2048;

  /// Begins a chunk; a row's cells are to be set, or null, in each of its columns.
  void begin(_duckdb_data_chunk* chunk);
  /// Tells the chunk how many rows it has.
  void end();

  void set(std::size_t column, std::int64_t value) { cell<std::int64_t>(column) = value; }
  void set(std::size_t column, std::int32_t value) { cell<std::int32_t>(column) = value; }
  void set(std::size_t column, double value) { cell<double>(column) = value; }
  void set(std::size_t column, bool value) { cell<bool>(column) = value; }
  /// The text has to be UTF-8.
  void set(std::size_t column, std::string_view text) { cell<TextCell>(column).set(text); }
  void set_null(std::size_t column) { validity_[column][row_ / 64] &= ~(std::uint64_t{1} << (row_ % 64)); }
  void set_or_null(std::size_t column, std::string_view text) {
    text.empty() ? set_null(column) : set(column, text);
  }
  template <typename T>
  void set_or_null(std::size_t column, const std::optional<T>& value) {
    value ? set(column, *value) : set_null(column);
  }
  /// Ends the row.
  void next_row() { ++row_; }

  /// How many rows there is room for.
  std::size_t room() const { return kCapacity - row_; }

 private:
  template <typename T>
  T& cell(std::size_t column) {
    return static_cast<T*>(cells_[column])[row_];
  }

  _duckdb_data_chunk* chunk_ = nullptr;
  std::vector<void*> cells_;
  std::vector<std::uint64_t*> validity_;
  std::size_t row_ = 0;
};

}  // namespace spectrum::duckdb
