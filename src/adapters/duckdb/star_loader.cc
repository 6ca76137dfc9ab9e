#include "adapters/duckdb/star_loader.h"

#include <algorithm>

#include "adapters/duckdb/promoted.h"
#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

using enum warehouse::ColumnType;

constexpr warehouse::Column kLedgerDelta[] = {{"project_id", bigint},
                                              {"hour", instant},
                                              {"stored", bigint},
                                              {"duplicate", bigint},
                                              {"quarantined", bigint}};

/// How many events ahead keys are hashed, so that their slots are in the cache when they are looked up.
constexpr std::size_t kAhead = 128;

struct Keys {
  KeyHash user, session;
};

}  // namespace

Result<std::unique_ptr<StarLoader>> StarLoader::open(_duckdb_database* database) {
  TRY(auto connection, Connection::open_warehouse(database));
  TRY(auto users, Users::open(connection));
  TRY(auto sessions, Sessions::open(connection));
  TRY(auto products, Products::open(connection));
  TRY(auto minutes, Minutes::open(connection));
  TRY(auto facts, Facts::open(connection));
  TRY(auto ledger, TableWriter::to_statement(connection, sql::add_to_ledger, kLedgerDelta));
  TRY(auto guard, DuplicateGuard::open(connection));
  CHECK_OK(connection.run(std::string(sql::functions)));
  std::unique_ptr<StarLoader> loader(
      new StarLoader({std::move(users), std::move(sessions), std::move(products), std::move(minutes),
                      std::move(facts), std::move(ledger), std::move(guard)},
                     std::move(connection)));
  TRY(loader->promoted_, duckdb::read_promoted(loader->connection_));
  return loader;
}

Status StarLoader::read_promoted() {
  TRY(promoted_, duckdb::read_promoted(connection_));
  // An appender knows the columns that there were when it was opened.
  TRY(parts_.facts, Facts::open(connection_));
  return {};
}

Result<ports::LoadResult> StarLoader::load(const ports::LoadBatch& batch) {
  TRY(const auto refused, parts_.guard.refused(connection_, batch));
  CHECK_OK(connection_.transaction([&] { return write(batch, refused); }));
  parts_.guard.loaded(batch);
  const auto duplicates = static_cast<std::size_t>(std::ranges::count(refused, true));
  return ports::LoadResult{batch.events.size() - duplicates, duplicates};
}

Status StarLoader::write(const ports::LoadBatch& batch, const std::vector<bool>& refused) {
  CHECK_OK(write_facts(batch, refused));
  CHECK_OK(parts_.users.write());
  CHECK_OK(parts_.sessions.write());
  CHECK_OK(parts_.products.write());
  CHECK_OK(parts_.minutes.write());
  CHECK_OK(parts_.facts.flush());
  CHECK_OK(fill_promoted(connection_, promoted_, batch.after, batch.cursor));
  CHECK_OK(write_ledger(batch, refused));
  return connection_.run("UPDATE load_cursor SET position = " + std::to_string(batch.cursor));
}

Status StarLoader::write_facts(const ports::LoadBatch& batch, const std::vector<bool>& refused) {
  auto& [users, sessions, products, minutes, facts, ledger, guard] = parts_;
  users.begin_batch();
  sessions.begin_batch();
  products.begin_batch();
  minutes.begin_batch();
  utf8_.clear();

  Keys keys[kAhead];
  const model::Event* events[kAhead];
  for (std::size_t begin = 0; begin < batch.events.size(); begin += kAhead) {
    const std::size_t count = std::min(kAhead, batch.events.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      events[i] = &utf8_.check(batch.events[begin + i].event);
      keys[i] = {users.key(*events[i]), sessions.key(*events[i])};
      users.prefetch(keys[i].user);
      sessions.prefetch(keys[i].session);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!refused.empty() && refused[begin + i]) continue;
      const model::Event& event = *events[i];
      FactKeys fact;
      const std::uint32_t user = users.resolve(keys[i].user, event);
      fact.user = user;
      if (!event.product_sku.empty()) fact.product = products.resolve(event);
      if (!event.session_id.empty()) fact.session = sessions.resolve(keys[i].session, event, user);
      fact.minute = minutes.resolve(event.occurred_at);
      CHECK_OK(facts.add(batch.events[begin + i].position, event, fact));
    }
  }
  return {};
}

Status StarLoader::write_ledger(const ports::LoadBatch& batch, const std::vector<bool>& refused) {
  TableWriter& ledger = parts_.ledger;
  const auto add = [&](model::ProjectId project, Timestamp hour, std::int64_t stored, std::int64_t duplicate,
                       std::int64_t quarantined) {
    ledger.set(0, project);
    ledger.set(1, to_micros(hour));
    ledger.set(2, stored);
    ledger.set(3, duplicate);
    ledger.set(4, quarantined);
    return ledger.next_row();
  };
  for (const auto& delta : batch.ledger) {
    CHECK_OK(add(delta.project_id, delta.hour, delta.stored, delta.duplicate, delta.quarantined));
  }
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if (!refused[i]) continue;
    const auto& event = batch.events[i].event;
    CHECK_OK(add(event.project_id, std::chrono::floor<std::chrono::hours>(event.received_at), -1, 1, 0));
  }
  return ledger.flush();
}

}  // namespace spectrum::duckdb
