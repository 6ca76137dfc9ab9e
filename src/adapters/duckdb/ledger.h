#pragma once

#include <map>
#include <set>
#include <utility>

#include "adapters/duckdb/incoming_rows.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Keeps the table ledger: a row for each project and hour of receipt.
class Ledger {
 public:
  static Result<Ledger> open(Connection& connection);

  void begin_batch() { deltas_.clear(); }
  void add(const ports::LedgerDelta& delta);
  Status write(Feed& feed);

 private:
  using Hour = std::pair<model::ProjectId, Timestamp>;

  std::set<Hour> known_;  ///< what has a row
  std::map<Hour, ports::LedgerDelta> deltas_;
};

}  // namespace spectrum::duckdb
