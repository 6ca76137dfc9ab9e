#include "adapters/duckdb/star_loader.h"

#include <algorithm>

#include "adapters/duckdb/promoted.h"
#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

/// How many events ahead keys are hashed, so that their slots are in the cache when they are looked up.
constexpr std::size_t kAhead = 128;

struct Keys {
  KeyHash user, session;
};

}  // namespace

Result<std::unique_ptr<StarLoader>> StarLoader::open(_duckdb_database* database, IncomingRows& incoming) {
  TRY(auto connection, Connection::open_warehouse(database));
  TRY(auto users, Users::open(connection));
  TRY(auto sessions, Sessions::open(connection));
  TRY(auto products, Products::open(connection));
  TRY(auto minutes, Minutes::open(connection));
  TRY(auto ledger, Ledger::open(connection));
  TRY(auto guard, DuplicateGuard::open(connection));
  CHECK_OK(connection.run(std::string(sql::functions)));
  std::unique_ptr<StarLoader> loader(
      new StarLoader({std::move(users), std::move(sessions), std::move(products), std::move(minutes),
                      std::move(ledger), std::move(guard)},
                     std::move(connection), incoming));
  CHECK_OK(loader->read_promoted());
  return loader;
}

Status StarLoader::read_promoted() {
  TRY(promoted_, duckdb::read_promoted(connection_));
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
  Feed feed(connection_, incoming_);
  CHECK_OK(write_events(feed, batch, refused));
  CHECK_OK(parts_.users.write(feed));
  CHECK_OK(parts_.sessions.write(feed));
  CHECK_OK(parts_.products.write(feed));
  CHECK_OK(parts_.minutes.write(feed));
  CHECK_OK(write_ledger(feed, batch, refused));
  return connection_.run("UPDATE load_cursor SET position = " + std::to_string(batch.cursor));
}

Status StarLoader::write_events(Feed& feed, const ports::LoadBatch& batch, const std::vector<bool>& refused) {
  auto& [users, sessions, products, minutes, ledger, guard] = parts_;
  users.begin_batch();
  sessions.begin_batch();
  products.begin_batch();
  minutes.begin_batch();
  utf8_.clear();

  Keys keys[kAhead];
  const model::Event* events[kAhead];
  std::size_t begin = 0;
  return write_facts(feed, promoted_, batch.events.size(), [&](RowWriter& rows) {
    while (begin < batch.events.size() && rows.room() >= kAhead) {
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
        set_fact(rows, batch.events[begin + i].position, event, fact);
        rows.next_row();
      }
      begin += count;
    }
  });
}

Status StarLoader::write_ledger(Feed& feed, const ports::LoadBatch& batch, const std::vector<bool>& refused) {
  Ledger& ledger = parts_.ledger;
  ledger.begin_batch();
  for (const auto& delta : batch.ledger) ledger.add(delta);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if (!refused[i]) continue;
    const auto& event = batch.events[i].event;
    ledger.add({event.project_id, std::chrono::floor<std::chrono::hours>(event.received_at), -1, 1, 0});
  }
  return ledger.write(feed);
}

}  // namespace spectrum::duckdb
