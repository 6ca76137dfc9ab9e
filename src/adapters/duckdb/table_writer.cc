#include "adapters/duckdb/table_writer.h"

#include <duckdb.h>

#include "adapters/duckdb/errors.h"

namespace spectrum::duckdb {
namespace {

duckdb_type type_of(warehouse::ColumnType type) {
  switch (type) {
    case warehouse::ColumnType::boolean: return DUCKDB_TYPE_BOOLEAN;
    case warehouse::ColumnType::integer: return DUCKDB_TYPE_INTEGER;
    case warehouse::ColumnType::bigint: return DUCKDB_TYPE_BIGINT;
    case warehouse::ColumnType::real: return DUCKDB_TYPE_DOUBLE;
    case warehouse::ColumnType::text:
    case warehouse::ColumnType::json: return DUCKDB_TYPE_VARCHAR;
    case warehouse::ColumnType::instant: return DUCKDB_TYPE_TIMESTAMP;
    case warehouse::ColumnType::date: return DUCKDB_TYPE_DATE;
  }
  return DUCKDB_TYPE_INVALID;
}

/// DuckDB's logical types, freed when they go.
class Types {
 public:
  Types() = default;
  Types(const Types&) = delete;
  ~Types() {
    for (auto& type : types_) duckdb_destroy_logical_type(&type);
  }
  void add(duckdb_logical_type type) { types_.push_back(type); }
  duckdb_logical_type* data() { return types_.data(); }
  std::size_t size() const { return types_.size(); }

 private:
  std::vector<duckdb_logical_type> types_;
};

}  // namespace

Result<TableWriter> TableWriter::to_table(Connection& connection, std::string_view table,
                                          std::span<const warehouse::Column> columns) {
  duckdb_appender raw = nullptr;
  const auto created = duckdb_appender_create(connection.handle(), nullptr, std::string(table).c_str(), &raw);
  Handle<_duckdb_appender> appender(raw);
  if (created != DuckDBSuccess) return appender_error(raw);
  for (const auto& column : columns) {
    if (duckdb_appender_add_column(raw, std::string(column.name).c_str()) != DuckDBSuccess) return appender_error(raw);
  }
  return TableWriter(std::move(appender));
}

Result<TableWriter> TableWriter::to_statement(Connection& connection, std::string_view sql,
                                              std::span<const warehouse::Column> incoming) {
  Types types;
  std::vector<std::string> names;
  for (const auto& column : incoming) {
    types.add(duckdb_create_logical_type(type_of(column.type)));
    names.emplace_back(column.name);
  }
  std::vector<const char*> name_pointers;
  for (const auto& name : names) name_pointers.push_back(name.c_str());
  duckdb_appender raw = nullptr;
  const auto created =
      duckdb_appender_create_query(connection.handle(), std::string(sql).c_str(), types.size(), types.data(),
                                   "incoming", name_pointers.data(), &raw);
  Handle<_duckdb_appender> appender(raw);
  if (created != DuckDBSuccess) return appender_error(raw);
  return TableWriter(std::move(appender));
}

TableWriter::TableWriter(Handle<_duckdb_appender> appender) : appender_(std::move(appender)) {
  Types types;
  const std::size_t columns = duckdb_appender_column_count(appender_.get());
  for (std::size_t i = 0; i < columns; ++i) types.add(duckdb_appender_column_type(appender_.get(), i));
  chunk_.reset(duckdb_create_data_chunk(types.data(), columns));
  cells_.resize(columns);
  validity_.resize(columns);
  begin_chunk();
}

void TableWriter::begin_chunk() {
  duckdb_data_chunk_reset(chunk_.get());
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), i);
    duckdb_vector_ensure_validity_writable(vector);
    cells_[i] = duckdb_vector_get_data(vector);
    validity_[i] = duckdb_vector_get_validity(vector);
  }
}

Status TableWriter::hand_over() {
  if (row_ == 0) return {};
  duckdb_data_chunk_set_size(chunk_.get(), row_);
  row_ = 0;
  has_rows_ = true;
  if (duckdb_append_data_chunk(appender_.get(), chunk_.get()) != DuckDBSuccess)
    return appender_error(appender_.get());
  begin_chunk();
  return {};
}

Status TableWriter::flush() {
  CHECK_OK(hand_over());
  if (!has_rows_) return {};
  has_rows_ = false;
  if (duckdb_appender_flush(appender_.get()) != DuckDBSuccess) return appender_error(appender_.get());
  return {};
}

}  // namespace spectrum::duckdb
