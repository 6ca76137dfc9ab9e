#include "adapters/duckdb/ledger.h"

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {

Result<Ledger> Ledger::open(Connection& connection) {
  Ledger ledger;
  CHECK_OK(connection.for_each_chunk("SELECT project_id, hour FROM ledger", {}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      ledger.known_.emplace(chunk.bigint(0, row), from_micros(chunk.bigint(1, row)));
    }
  }));
  return ledger;
}

void Ledger::add(const ports::LedgerDelta& delta) {
  const auto [hour, is_first] = deltas_.try_emplace({delta.project_id, delta.hour}, delta);
  if (is_first) return;
  hour->second.stored += delta.stored;
  hour->second.duplicate += delta.duplicate;
  hour->second.quarantined += delta.quarantined;
}

Status Ledger::write(Feed& feed) {
  std::vector<ports::LedgerDelta> begun, continued;
  for (const auto& [hour, delta] : deltas_) (known_.insert(hour).second ? begun : continued).push_back(delta);
  const auto all = [](const auto&) { return true; };
  const auto set = [](RowWriter& row, const ports::LedgerDelta& delta) {
    row.set(0, delta.project_id);
    row.set(1, to_micros(delta.hour));
    row.set(2, delta.stored);
    row.set(3, delta.duplicate);
    row.set(4, delta.quarantined);
    row.set(5, std::int64_t{0});
  };
  const auto& table = warehouse::table(warehouse::kLedger);
  CHECK_OK(feed.each(insert_into(table), table.columns, begun, all, set));
  return feed.each(sql::add_to_ledger, table.columns, continued, all, set);
}

}  // namespace spectrum::duckdb
