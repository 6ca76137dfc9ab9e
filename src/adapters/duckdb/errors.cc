#include "adapters/duckdb/errors.h"

#include <duckdb.h>

namespace spectrum::duckdb {
namespace {

/// A damaged file says so only in words.
bool speaks_of_damage(const std::string& text) {
  return text.find("orrupt") != std::string::npos || text.find("checksum") != std::string::npos;
}

}  // namespace

Error to_error(int type, const char* message) {
  std::string text = message ? message : "DuckDB gave no reason";
  switch (type) {
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_SERIALIZATION:
      return speaks_of_damage(text) ? corrupt(std::move(text)) : unavailable(std::move(text));
    case DUCKDB_ERROR_INTERRUPT: return unavailable(std::move(text));
    case DUCKDB_ERROR_OUT_OF_MEMORY: return limited(std::move(text));
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_INVALID_INPUT: return invalid(std::move(text));
    default: return internal(std::move(text));
  }
}

Error appender_error(_duckdb_appender* appender) {
  duckdb_error_data data = duckdb_appender_error_data(appender);
  Error error = to_error(duckdb_error_data_error_type(data), duckdb_error_data_message(data));
  duckdb_destroy_error_data(&data);
  return error;
}

}  // namespace spectrum::duckdb
