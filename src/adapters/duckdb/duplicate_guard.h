#pragma once

#include <optional>
#include <vector>

#include "adapters/duckdb/connection.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Finds events of a batch whose id the facts hold already. Ingest knows the ids received since
/// `deduplicated_since`, so this looks among older ones only: those whose time of occurrence lies within the
/// batch's own range, because a client that sends an event again sends the same time.
class DuplicateGuard {
 public:
  static Result<DuplicateGuard> open(Connection& connection);

  /// For each event whether it is refused; empty when all are fine.
  Result<std::vector<bool>> refused(Connection& connection, const ports::LoadBatch& batch) const;
  /// Remembers the age of what was loaded.
  void loaded(const ports::LoadBatch& batch);

 private:
  std::optional<Timestamp> oldest_;  ///< receipt of any fact
};

}  // namespace spectrum::duckdb
