#pragma once

#include <vector>

#include "query/trends.h"

namespace spectrum::query {

/// What was received in a bucket, by time of receipt, and what became of it.
struct LedgerEntry {
  Bucket bucket;
  std::int64_t stored = 0;
  std::int64_t duplicate = 0;
  std::int64_t quarantined = 0;
  std::int64_t erased = 0;
  std::int64_t limited = 0;  ///< refused for overload, so never received

  std::int64_t received() const { return stored + duplicate + quarantined; }
};

/// The ledger of a range; `limited` is left to the caller, who has those counts. `interval` is hour or day.
Result<std::vector<LedgerEntry>> ask_ledger(ports::Warehouse& warehouse, const Scope& scope, Interval interval);

/// The highest number of a project that something was received for; 0 when nothing was.
Result<model::ProjectId> highest_project(ports::Warehouse& warehouse);

}  // namespace spectrum::query
