#include "adapters/duckdb/users.h"

#include <algorithm>

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

using enum warehouse::ColumnType;

constexpr warehouse::Column kSeenAgain[] = {{"user_id", bigint}, {"last_seen", instant}};
constexpr warehouse::Column kChanged[] = {{"user_id", bigint},
                                          {"first_seen", instant},
                                          {"last_seen", instant},
                                          {"segment", text},
                                          {"traits", json}};

}  // namespace

Result<Users> Users::open(Connection& connection) {
  Users users;
  CHECK_OK(users.read(connection));
  return users;
}

Status Users::read(Connection& connection) {
  TRY(const std::int64_t count, connection.number("SELECT count(*) FROM dim_users"));
  states_.resize(static_cast<std::size_t>(count));
  map_.reserve(static_cast<std::uint64_t>(count));
  bool dense = true;
  std::vector<KeyHash> keys;
  CHECK_OK(connection.for_each_chunk(std::string(sql::read_users), {}, [&](const Chunk& chunk) {
    keys.clear();
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      keys.push_back(hash_(chunk.bigint(1, row), chunk.text(2, row), chunk.cell<bool>(3, row)));
      map_.prefetch(keys.back());
    }
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const std::int64_t user = chunk.bigint(0, row);
      if (user < 1 || user > count || !map_.add(keys[row], static_cast<std::uint32_t>(user))) {
        dense = false;
        continue;
      }
      states_[static_cast<std::size_t>(user - 1)] = {chunk.bigint(4, row), chunk.bigint(5, row), 0, 0};
    }
  }));
  if (!dense) return corrupt("dim_users does not number its users from 1, each once");
  return {};
}

void Users::begin_batch() {
  ++batch_;
  changes_.clear();
}

Users::Change& Users::change_of(std::uint32_t user) {
  State& state = states_[user - 1];
  if (state.batch != batch_) {
    state.batch = batch_;
    state.change = static_cast<std::uint32_t>(changes_.size());
    changes_.push_back({user, false, false, nullptr, {}, {}});
  }
  return changes_[state.change];
}

std::uint32_t Users::resolve(KeyHash key, const model::Event& event) {
  const auto [user, is_new] = map_.find_or_add(key);
  const std::int64_t time = to_micros(event.occurred_at);
  if (is_new) {
    states_.push_back({time, time, 0, 0});
    Change& change = change_of(user);
    change.is_new = true;
    change.named_by = &event;
  }
  State& state = states_[user - 1];
  if (time > state.last) {
    state.last = time;
    change_of(user);
  }
  if (time < state.first) {
    state.first = time;
    change_of(user).beyond_last_seen = true;
  }
  if (!event.user_segment.empty() || !event.user_traits.empty()) {
    Change& change = change_of(user);
    change.beyond_last_seen = true;
    if (!event.user_segment.empty()) change.segment = event.user_segment;
    if (!event.user_traits.empty()) change.traits = event.user_traits;
  }
  return user;
}

void Users::write_new(RowWriter& row, const Change& change) const {
  const State& state = states_[change.user - 1];
  row.set(0, std::int64_t{change.user});
  row.set(1, change.named_by->project_id);
  row.set(2, change.named_by->user_key());
  row.set(3, change.named_by->is_anonymous());
  row.set(4, state.first);
  row.set(5, state.last);
  row.set_or_null(6, change.segment);
  row.set_or_null(7, change.traits);
}

void Users::write_changed(RowWriter& row, const Change& change) const {
  const State& state = states_[change.user - 1];
  row.set(0, std::int64_t{change.user});
  row.set(1, state.first);
  row.set(2, state.last);
  row.set_or_null(3, change.segment);
  row.set_or_null(4, change.traits);
}

Status Users::write(Feed& feed) {
  const auto& table = warehouse::table("dim_users");
  const auto is_new = [](const Change& change) { return change.is_new; };
  const auto is_changed = [](const Change& change) { return !change.is_new && change.beyond_last_seen; };
  const auto is_seen_again = [](const Change& change) { return !change.is_new && !change.beyond_last_seen; };
  CHECK_OK(feed.each(insert_into(table), table.columns, changes_, is_new,
                     [&](RowWriter& row, const Change& change) { write_new(row, change); }));
  CHECK_OK(feed.each(sql::last_seen_of_users, kSeenAgain, changes_, is_seen_again,
                     [&](RowWriter& row, const Change& change) {
                       row.set(0, std::int64_t{change.user});
                       row.set(1, states_[change.user - 1].last);
                     }));
  return feed.each(sql::change_users, kChanged, changes_, is_changed,
                   [&](RowWriter& row, const Change& change) { write_changed(row, change); });
}

}  // namespace spectrum::duckdb
