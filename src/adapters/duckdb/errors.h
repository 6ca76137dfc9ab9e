#pragma once

#include "base/result.h"

struct _duckdb_prepared_statement;

namespace spectrum::duckdb {

/// What an error of DuckDB means for us. `type` is a duckdb_error_type; without a message it says so.
Error to_error(int type, const char* message);

/// Why a statement could not be prepared; null: DuckDB did not get that far.
Error prepare_error(_duckdb_prepared_statement* statement);

}  // namespace spectrum::duckdb
