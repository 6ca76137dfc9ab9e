#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/duckdb/connection.h"
#include "adapters/duckdb/handles.h"
#include "adapters/duckdb/text_cell.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {

/// Feeds rows to the database, in vectors of 2,048: to a table, or to a statement that reads them as the
/// table `incoming`. Stays open over many transactions; `flush` before each commit. After an error it cannot
/// be used again.
///
/// Texts are viewed until their vector is handed over, which any `next_row` or `flush` may do: pass text that
/// lives until the flush.
class TableWriter {
 public:
  /// To these columns of a table, the others are left null; without any to all of them.
  static Result<TableWriter> to_table(Connection& connection, std::string_view table,
                                      std::span<const warehouse::Column> columns = {});
  static Result<TableWriter> to_table(Connection& connection, const warehouse::Table& table) {
    return to_table(connection, table.name, table.columns);
  }
  static Result<TableWriter> to_statement(Connection& connection, std::string_view sql,
                                          std::span<const warehouse::Column> incoming);

  void set(std::size_t column, std::int64_t value) {
    static_cast<std::int64_t*>(cells_[column])[row_] = value;
  }
  void set(std::size_t column, std::int32_t value) {
    static_cast<std::int32_t*>(cells_[column])[row_] = value;
  }
  void set(std::size_t column, double value) { static_cast<double*>(cells_[column])[row_] = value; }
  void set(std::size_t column, bool value) { static_cast<bool*>(cells_[column])[row_] = value; }
  /// The text has to be UTF-8.
  void set(std::size_t column, std::string_view text) {
    static_cast<TextCell*>(cells_[column])[row_].set(text);
  }
  void set_null(std::size_t column) { validity_[column][row_ / 64] &= ~(std::uint64_t{1} << (row_ % 64)); }
  void set_or_null(std::size_t column, std::string_view text) {
    text.empty() ? set_null(column) : set(column, text);
  }
  template <typename T>
  void set_or_null(std::size_t column, const std::optional<T>& value) {
    value ? set(column, *value) : set_null(column);
  }

  /// Ends the row.
  Status next_row() { return ++row_ == kVectorSize ? hand_over() : Status(); }
  /// Hands everything to the database, and runs the statement if there is one and there are rows.
  Status flush();

 private:
  static constexpr std::size_t kVectorSize = 2048;

  explicit TableWriter(Handle<_duckdb_appender> appender);
  Status hand_over();
  void begin_chunk();

  Handle<_duckdb_appender> appender_;
  Handle<_duckdb_data_chunk> chunk_;
  std::vector<void*> cells_;
  std::vector<std::uint64_t*> validity_;
  std::size_t row_ = 0;
  bool has_rows_ = false;  ///< something was handed over since the last flush
};

}  // namespace spectrum::duckdb
