#include "adapters/duckdb/text_codes.h"

#include <duckdb.h>

#include "adapters/duckdb/text_cell.h"
#include "base/assert.h"

namespace spectrum::duckdb {
namespace {

constexpr std::int32_t kNull = -1;

}  // namespace

/// DuckDB's side of it.
struct TextCodes::Call {
  static void run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    const auto rows = static_cast<std::size_t>(duckdb_data_chunk_get_size(input));
    if (rows == 0) return;
    auto& codes = *static_cast<TextCodes*>(duckdb_scalar_function_get_extra_info(info));
    duckdb_vector numbers = duckdb_data_chunk_get_vector(input, 0);
    duckdb_vector column = duckdb_data_chunk_get_vector(input, 1);
    const auto entry = codes.find(*static_cast<const std::int64_t*>(duckdb_vector_get_data(numbers)));
    if (!entry) return duckdb_scalar_function_set_error(info, "text_code: nobody numbers these texts");
    const auto* const texts = static_cast<const TextCell*>(duckdb_vector_get_data(column));
    std::uint64_t* const valid = duckdb_vector_get_validity(column);
    auto* const found = static_cast<std::int32_t*>(duckdb_vector_get_data(output));
    const std::lock_guard lock(entry->turn);
    for (std::size_t row = 0; row < rows; ++row) {
      const bool is_null = valid && !duckdb_validity_row_is_valid(valid, row);
      found[row] = is_null ? kNull : entry->code_of(texts[row].view());
    }
  }
};

Status TextCodes::define(Connection& connection) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, "text_code");
  for (const auto type : {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_VARCHAR}) {
    duckdb_logical_type parameter = duckdb_create_logical_type(type);
    duckdb_scalar_function_add_parameter(function, parameter);
    duckdb_destroy_logical_type(&parameter);
  }
  duckdb_logical_type code = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_scalar_function_set_return_type(function, code);
  duckdb_destroy_logical_type(&code);
  duckdb_scalar_function_set_special_handling(function);  // Nulls come, too.
  duckdb_scalar_function_set_extra_info(function, this, nullptr);
  duckdb_scalar_function_set_function(function, Call::run);
  const auto defined = duckdb_register_scalar_function(connection.handle(), function);
  duckdb_destroy_scalar_function(&function);
  return defined == DuckDBSuccess ? Status() : internal("DuckDB refused the function text_code");
}

std::int64_t TextCodes::add(const CodeOf& code_of, std::mutex& turn) {
  const std::lock_guard lock(mutex_);
  entries_.emplace(++last_, std::make_shared<Entry>(code_of, turn));
  return last_;
}

void TextCodes::remove(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  entries_.erase(number);
}

std::shared_ptr<TextCodes::Entry> TextCodes::find(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(number);
  return found == entries_.end() ? nullptr : found->second;
}

}  // namespace spectrum::duckdb
