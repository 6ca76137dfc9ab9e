#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "ports/value.h"
#include "ports/warehouse.h"

namespace spectrum::ports {

/// Somebody's own SQL.
struct SqlQuestion {
  std::string sql;
  std::vector<Value> parameters;
  std::int64_t limit = 10'000;  ///< rows that the answer may hold
  model::ProjectId project = 0;
};

/// Runs SQL that nobody has checked: read-only, over the tables of the star schema with the rows of one project, and
/// never in this process. Thread-safe.
class SqlSandbox {
 public:
  virtual ~SqlSandbox() = default;

  /// Asks what `contents` hold and returns the JSON object `{"columns":…,"rows":…,"truncated":…}`. `invalid`: the SQL is
  /// wrong or not allowed (with line and column where known), or needed more time, memory or room for its answer than
  /// there is, which the text names. `not_found`: a file of `contents` is gone; ask with fresh ones. `unavailable`: too many
  /// run already, or it was stopped.
  virtual Result<std::string> run(const SqlQuestion& question, const Export& contents, std::stop_token stop) = 0;
};

}  // namespace spectrum::ports
