#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/duckdb/handles.h"
#include "adapters/duckdb/text_cell.h"

namespace spectrum::duckdb {

/// Some rows of an answer, column by column, without copies.
class Chunk {
 public:
  explicit Chunk(Handle<_duckdb_data_chunk> chunk);

  std::size_t rows() const { return rows_; }

  /// False: no cell of the column is null.
  bool has_nulls(std::size_t column) const { return columns_[column].validity != nullptr; }
  bool is_null(std::size_t column, std::size_t row) const {
    const std::uint64_t* mask = columns_[column].validity;
    return mask && !(mask[row / 64] >> (row % 64) & 1);
  }
  /// The cell of a column whose values DuckDB keeps as `T`.
  template <typename T>
  const T& cell(std::size_t column, std::size_t row) const {
    return static_cast<const T*>(columns_[column].cells)[row];
  }
  std::int64_t bigint(std::size_t column, std::size_t row) const { return cell<std::int64_t>(column, row); }
  /// Lives as long as the chunk; empty for NULL.
  std::string_view text(std::size_t column, std::size_t row) const {
    return is_null(column, row) ? std::string_view() : cell<TextCell>(column, row).view();
  }

 private:
  struct Vector {
    const void* cells;
    const std::uint64_t* validity;
  };
  Handle<_duckdb_data_chunk> chunk_;
  std::size_t rows_;
  std::vector<Vector> columns_;
};

}  // namespace spectrum::duckdb
