#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum::duckdb {

/// Checks a statement by its parse tree, as DuckDB's `json_serialize_sql` gives it: one SELECT that reads the tables of
/// the star schema, `information_schema`, its own CTEs and functions that make rows out of their arguments. `invalid`
/// says what else was found, and where as `@offset ` in front when that is known.
Status check_allowed(std::string_view parse_tree_json);

}  // namespace spectrum::duckdb
