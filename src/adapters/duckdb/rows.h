#pragma once

#include "adapters/duckdb/chunk.h"
#include "base/result.h"
#include "ports/value.h"

namespace spectrum::duckdb {

/// Turns an answer into values.
class RowReader {
 public:
  /// `result` is a duckdb_result, a type without a name to declare here. It is not kept.
  explicit RowReader(void* result);

  /// Adds the rows of a chunk; `internal` names a column of a type that we have no value for.
  Status read(const Chunk& chunk);
  ports::Rows take() { return std::move(rows_); }

 private:
  struct Reading {
    int type;       ///< a duckdb_type
    int stored_as;  ///< of a decimal: the integer type that holds it
    double scale;   ///< of a decimal: what to divide by
  };
  Result<ports::Value> value(const Chunk& chunk, std::size_t column, std::size_t row) const;

  ports::Rows rows_;
  std::vector<Reading> readings_;
};

}  // namespace spectrum::duckdb
