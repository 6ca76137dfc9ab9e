#pragma once

#include "base/result.h"

struct _duckdb_appender;

namespace spectrum::duckdb {

/// What an error of DuckDB means for us. `type` is a duckdb_error_type.
Error to_error(int type, const char* message);

/// The last error of an appender.
Error appender_error(_duckdb_appender* appender);

}  // namespace spectrum::duckdb
