#include "adapters/duckdb/incoming_rows.h"

#include <duckdb.h>

namespace spectrum::duckdb {
namespace {

duckdb_logical_type type_of(warehouse::ColumnType type) {
  using enum warehouse::ColumnType;
  switch (type) {
    case boolean: return duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
    case integer: return duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
    case bigint: return duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    case real: return duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
    case text: return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    case json: {
      // As text it would be parsed once more to see whether it is JSON.
      duckdb_logical_type type_of_json = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
      duckdb_logical_type_set_alias(type_of_json, "JSON");
      return type_of_json;
    }
    case instant: return duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
    case date: return duckdb_create_logical_type(DUCKDB_TYPE_DATE);
  }
  return nullptr;
}

}  // namespace

/// DuckDB's side of it.
struct IncomingRows::Call {
  static void bind(duckdb_bind_info info) {
    const auto& incoming = *static_cast<IncomingRows*>(duckdb_bind_get_extra_info(info));
    for (const auto& column : incoming.columns_) {
      duckdb_logical_type type = type_of(column.type);
      duckdb_bind_add_result_column(info, std::string(column.name).c_str(), type);
      duckdb_destroy_logical_type(&type);
    }
    duckdb_bind_set_cardinality(info, incoming.count_, false);
  }
  static void init(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }
  static void run(duckdb_function_info info, duckdb_data_chunk output) {
    auto& incoming = *static_cast<IncomingRows*>(duckdb_function_get_extra_info(info));
    incoming.writer_.begin(output);
    (*incoming.make_)(incoming.writer_);
    incoming.writer_.end();
  }
};

Status IncomingRows::define(Connection& connection) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "incoming_rows");
  duckdb_table_function_set_extra_info(function, this, nullptr);
  duckdb_table_function_set_bind(function, Call::bind);
  duckdb_table_function_set_init(function, Call::init);
  duckdb_table_function_set_function(function, Call::run);
  const auto defined = duckdb_register_table_function(connection.handle(), function);
  duckdb_destroy_table_function(&function);
  return defined == DuckDBSuccess ? Status() : internal("DuckDB refused the table incoming_rows");
}

Status IncomingRows::feed(Connection& connection, const std::string& sql, std::span<const warehouse::Column> columns,
                          std::size_t count, const Make& make, std::span<const ports::Value> parameters) {
  if (count == 0) return {};
  const std::lock_guard lock(turn_);
  columns_ = columns;
  count_ = count;
  make_ = &make;
  TRY([[maybe_unused]] const auto done,
      connection.query("WITH incoming AS (SELECT * FROM incoming_rows())\n" + sql, parameters));
  return {};
}

std::string insert_into(const warehouse::Table& table, std::string_view more_columns, std::string_view more_values) {
  std::string columns;
  for (const auto& column : table.columns) columns += (columns.empty() ? "" : ", ") + std::string(column.name);
  return "INSERT INTO " + std::string(table.name) + " (" + columns + std::string(more_columns) + ") SELECT *" +
         std::string(more_values) + " FROM incoming";
}

}  // namespace spectrum::duckdb
