#include "adapters/duckdb/sessions.h"

#include <cmath>

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

using enum warehouse::ColumnType;

constexpr warehouse::Column kWentOn[] = {{"session_id", bigint}, {"duration_s", real}};
constexpr warehouse::Column kChanged[] = {{"session_id", bigint},
                                          {"user_id", bigint},
                                          {"entry_page", text},
                                          {"started_at", instant},
                                          {"duration_s", real}};

}  // namespace

Result<Sessions> Sessions::open(Connection& connection) {
  Sessions sessions;
  CHECK_OK(sessions.read(connection));
  return sessions;
}

Status Sessions::read(Connection& connection) {
  TRY(const std::int64_t count, connection.number("SELECT count(*) FROM dim_sessions"));
  states_.resize(static_cast<std::size_t>(count));
  map_.reserve(static_cast<std::uint64_t>(count));
  bool dense = true;
  std::vector<KeyHash> keys;
  CHECK_OK(connection.for_each_chunk(std::string(sql::read_sessions), {}, [&](const Chunk& chunk) {
    keys.clear();
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      keys.push_back(hash_(chunk.bigint(1, row), chunk.text(2, row)));
      map_.prefetch(keys.back());
    }
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const std::int64_t session = chunk.bigint(0, row);
      if (session < 1 || session > count || !map_.add(keys[row], static_cast<std::uint32_t>(session))) {
        dense = false;
        continue;
      }
      const std::int64_t start = chunk.bigint(3, row);
      const auto duration = static_cast<std::int64_t>(std::llround(chunk.cell<double>(4, row) * 1e6));
      states_[static_cast<std::size_t>(session - 1)] = {start, start + duration, 0, 0};
    }
  }));
  if (!dense) return corrupt("dim_sessions does not number its sessions from 1, each once");
  return {};
}

void Sessions::begin_batch() {
  ++batch_;
  changes_.clear();
}

Sessions::Change& Sessions::change_of(std::uint32_t session) {
  State& state = states_[session - 1];
  if (state.batch != batch_) {
    state.batch = batch_;
    state.change = static_cast<std::uint32_t>(changes_.size());
    changes_.push_back({session, false, 0, nullptr});
  }
  return changes_[state.change];
}

std::uint32_t Sessions::resolve(KeyHash key, const model::Event& event, std::uint32_t user) {
  const auto [session, is_new] = map_.find_or_add(key);
  const std::int64_t time = to_micros(event.occurred_at);
  if (is_new) {
    states_.push_back({time, time, 0, 0});
    Change& change = change_of(session);
    change.is_new = true;
    change.user = user;
    change.begun_by = &event;
    return session;
  }
  State& state = states_[session - 1];
  if (time > state.last) {
    state.last = time;
    change_of(session);
  }
  // Among events of one instant the first one loaded has the lowest seq, so it stays.
  if (time < state.start) {
    state.start = time;
    Change& change = change_of(session);
    change.user = user;
    change.begun_by = &event;
  }
  return session;
}

double Sessions::duration(const Change& change) const {
  const State& state = states_[change.session - 1];
  return static_cast<double>(state.last - state.start) / 1e6;
}

void Sessions::write_new(RowWriter& row, const Change& change) const {
  row.set(0, std::int64_t{change.session});
  row.set(1, change.begun_by->project_id);
  row.set(2, change.begun_by->session_id);
  row.set(3, std::int64_t{change.user});
  row.set_or_null(4, change.begun_by->page);
  row.set(5, states_[change.session - 1].start);
  row.set(6, duration(change));
}

void Sessions::write_changed(RowWriter& row, const Change& change) const {
  row.set(0, std::int64_t{change.session});
  row.set(1, std::int64_t{change.user});
  row.set_or_null(2, change.begun_by->page);
  row.set(3, states_[change.session - 1].start);
  row.set(4, duration(change));
}

Status Sessions::write(Feed& feed) {
  const auto& table = warehouse::table("dim_sessions");
  const auto is_new = [](const Change& change) { return change.is_new; };
  const auto is_changed = [](const Change& change) { return !change.is_new && change.begun_by; };
  const auto went_on = [](const Change& change) { return !change.is_new && !change.begun_by; };
  CHECK_OK(feed.each(insert_into(table), table.columns, changes_, is_new,
                     [&](RowWriter& row, const Change& change) { write_new(row, change); }));
  CHECK_OK(feed.each(sql::duration_of_sessions, kWentOn, changes_, went_on,
                     [&](RowWriter& row, const Change& change) {
                       row.set(0, std::int64_t{change.session});
                       row.set(1, duration(change));
                     }));
  return feed.each(sql::change_sessions, kChanged, changes_, is_changed,
                   [&](RowWriter& row, const Change& change) { write_changed(row, change); });
}

}  // namespace spectrum::duckdb
