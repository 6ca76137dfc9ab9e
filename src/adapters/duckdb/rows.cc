#include "adapters/duckdb/rows.h"

#include <duckdb.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/time_text.h"

namespace spectrum::duckdb {
namespace {

const char* type_name(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER: return "INTEGER";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_UTINYINT: return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT: return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER: return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT: return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT: return "HUGEINT";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL: return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR: return "VARCHAR";
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_SQLNULL: return "NULL";
    case DUCKDB_TYPE_UHUGEINT: return "UHUGEINT";
    case DUCKDB_TYPE_UUID: return "UUID";
    case DUCKDB_TYPE_TIME: return "TIME";
    case DUCKDB_TYPE_INTERVAL: return "INTERVAL";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    case DUCKDB_TYPE_ENUM: return "ENUM";
    case DUCKDB_TYPE_LIST: return "LIST";
    case DUCKDB_TYPE_STRUCT: return "STRUCT";
    case DUCKDB_TYPE_MAP: return "MAP";
    default: return "unknown";
  }
}

struct Int128 {
  std::uint64_t low;
  std::int64_t high;

  double approximate() const { return static_cast<double>(high) * 0x1p64 + static_cast<double>(low); }
};

/// A sum of integers; beyond 64 bits, which only a mistake reaches, the nearest double.
ports::Value from_hugeint(const Int128& value) {
  const auto low = static_cast<std::int64_t>(value.low);
  if (value.high == (low < 0 ? -1 : 0)) return low;
  return value.approximate();
}

ports::Value from_unsigned(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return static_cast<double>(value);
  return static_cast<std::int64_t>(value);
}

double decimal(const Chunk& chunk, std::size_t column, std::size_t row, int stored_as) {
  switch (stored_as) {
    case DUCKDB_TYPE_SMALLINT: return chunk.cell<std::int16_t>(column, row);
    case DUCKDB_TYPE_INTEGER: return chunk.cell<std::int32_t>(column, row);
    case DUCKDB_TYPE_BIGINT: return static_cast<double>(chunk.bigint(column, row));
    default: return chunk.cell<Int128>(column, row).approximate();
  }
}

}  // namespace

RowReader::RowReader(void* untyped) {
  auto* result = static_cast<duckdb_result*>(untyped);
  for (idx_t i = 0; i < duckdb_column_count(result); ++i) {
    const duckdb_type type = duckdb_column_type(result, i);
    Reading reading{type, 0, 1};
    if (type == DUCKDB_TYPE_DECIMAL) {
      duckdb_logical_type logical = duckdb_column_logical_type(result, i);
      reading.stored_as = duckdb_decimal_internal_type(logical);
      reading.scale = std::pow(10.0, duckdb_decimal_scale(logical));
      duckdb_destroy_logical_type(&logical);
    }
    readings_.push_back(reading);
    rows_.columns.push_back({duckdb_column_name(result, i), type_name(type)});
  }
}

Status RowReader::read(const Chunk& chunk) {
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    auto& values = rows_.rows.emplace_back();
    values.reserve(readings_.size());
    for (std::size_t column = 0; column < readings_.size(); ++column) {
      TRY(auto cell, value(chunk, column, row));
      values.push_back(std::move(cell));
    }
  }
  return {};
}

Result<ports::Value> RowReader::value(const Chunk& chunk, std::size_t column, std::size_t row) const {
  using ports::Value;
  if (chunk.is_null(column, row)) return Value();
  switch (readings_[column].type) {
    case DUCKDB_TYPE_BOOLEAN: return Value(chunk.cell<bool>(column, row));
    case DUCKDB_TYPE_TINYINT: return Value(std::int64_t{chunk.cell<std::int8_t>(column, row)});
    case DUCKDB_TYPE_SMALLINT: return Value(std::int64_t{chunk.cell<std::int16_t>(column, row)});
    case DUCKDB_TYPE_INTEGER: return Value(std::int64_t{chunk.cell<std::int32_t>(column, row)});
    case DUCKDB_TYPE_BIGINT: return Value(chunk.bigint(column, row));
    case DUCKDB_TYPE_UTINYINT: return Value(std::int64_t{chunk.cell<std::uint8_t>(column, row)});
    case DUCKDB_TYPE_USMALLINT: return Value(std::int64_t{chunk.cell<std::uint16_t>(column, row)});
    case DUCKDB_TYPE_UINTEGER: return Value(std::int64_t{chunk.cell<std::uint32_t>(column, row)});
    case DUCKDB_TYPE_UBIGINT: return from_unsigned(chunk.cell<std::uint64_t>(column, row));
    case DUCKDB_TYPE_HUGEINT: return from_hugeint(chunk.cell<Int128>(column, row));
    case DUCKDB_TYPE_FLOAT: return Value(double{chunk.cell<float>(column, row)});
    case DUCKDB_TYPE_DOUBLE: return Value(chunk.cell<double>(column, row));
    case DUCKDB_TYPE_DECIMAL:
      return Value(decimal(chunk, column, row, readings_[column].stored_as) / readings_[column].scale);
    case DUCKDB_TYPE_VARCHAR: return Value(std::string(chunk.text(column, row)));
    case DUCKDB_TYPE_DATE:
      return Value(
          format_date(from_micros(std::int64_t{chunk.cell<std::int32_t>(column, row)} * 86'400'000'000)));
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return Value(from_micros(chunk.bigint(column, row)));
    default:
      return internal("column " + rows_.columns[column].name +
                      " has a type without a value here: cast it to text");
  }
}

}  // namespace spectrum::duckdb
