#include "query/ledger.h"

#include <algorithm>
#include <array>

#include "query/failure.h"
#include "query/sql.h"

namespace spectrum::query {

Result<std::vector<LedgerEntry>> ask_ledger(ports::Warehouse& warehouse, const Scope& scope, Interval interval) {
  if (interval != Interval::hour && interval != Interval::day) return refuse("/interval", "must be hour or day");
  TRY(auto buckets, make_buckets(scope.range, interval));
  std::vector<LedgerEntry> entries;
  for (auto& bucket : buckets) entries.push_back({std::move(bucket)});
  const std::array<ports::Value, 3> parameters = {scope.project.number, scope.range.from, scope.range.until};
  TRY(const auto rows, warehouse.query(sql::ledger, parameters));
  for (const auto& row : rows.rows) {
    const auto hour = std::get<Timestamp>(row[0]);
    const auto after = std::upper_bound(entries.begin(), entries.end(), hour, [](Timestamp at, const LedgerEntry& entry) {
      return at < entry.bucket.start;
    });
    if (after == entries.begin()) continue;
    LedgerEntry& entry = *std::prev(after);
    entry.stored += std::get<std::int64_t>(row[1]);
    entry.duplicate += std::get<std::int64_t>(row[2]);
    entry.quarantined += std::get<std::int64_t>(row[3]);
    entry.erased += std::get<std::int64_t>(row[4]);
  }
  return entries;
}

Result<model::ProjectId> highest_project(ports::Warehouse& warehouse) {
  TRY(const auto rows, warehouse.query(sql::highest_project, {}));
  return std::get<std::int64_t>(rows.rows.front()[0]);
}

}  // namespace spectrum::query
