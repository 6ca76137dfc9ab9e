#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/duckdb/connection.h"
#include "model/position.h"

namespace spectrum::duckdb {

/// What exporting and merging may take.
struct ExportBounds {
  std::uint64_t memory_bytes;  ///< unpacked rows held at a time, by all threads
  unsigned threads;
};

/// How facts are exported within bounds. Rows of ordinary size go in one step, and fewer or more of them are gathered
/// for a row group. DuckDB handles at least 2,048 rows at once, so rows too large for that go in steps of fewer rows.
struct ExportPlan {
  struct Step {
    model::Position after, until;

    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;
  std::uint64_t rows_at_a_time = 0;                   ///< that a thread gathers before it writes them
  std::map<std::string, double> row_bytes_of_date{};  ///< unpacked, on average

  /// For the facts in (after, until], which the connection's transaction sees.
  static Result<ExportPlan> make(Connection& connection, model::Position after, model::Position until,
                                 const ExportBounds& bounds);
};

}  // namespace spectrum::duckdb
