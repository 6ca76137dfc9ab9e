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
                                          {"traits", text}};

}  // namespace

Result<Users> Users::open(Connection& connection) {
  TRY(auto added, TableWriter::to_table(connection, warehouse::table("dim_users")));
  TRY(auto seen_again, TableWriter::to_statement(connection, sql::last_seen_of_users, kSeenAgain));
  TRY(auto changed, TableWriter::to_statement(connection, sql::change_users, kChanged));
  Users users(std::move(added), std::move(seen_again), std::move(changed));
  CHECK_OK(users.read(connection));
  return users;
}

Users::Users(TableWriter added, TableWriter seen_again, TableWriter changed)
    : added_(std::move(added)), seen_again_(std::move(seen_again)), changed_(std::move(changed)) {}

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

Status Users::write_new(const Change& change) {
  const State& state = states_[change.user - 1];
  added_.set(0, std::int64_t{change.user});
  added_.set(1, change.named_by->project_id);
  added_.set(2, change.named_by->user_key());
  added_.set(3, change.named_by->is_anonymous());
  added_.set(4, state.first);
  added_.set(5, state.last);
  added_.set_or_null(6, change.segment);
  added_.set_or_null(7, change.traits);
  return added_.next_row();
}

Status Users::write_changed(const Change& change) {
  const State& state = states_[change.user - 1];
  changed_.set(0, std::int64_t{change.user});
  changed_.set(1, state.first);
  changed_.set(2, state.last);
  changed_.set_or_null(3, change.segment);
  changed_.set_or_null(4, change.traits);
  return changed_.next_row();
}

Status Users::write() {
  for (const Change& change : changes_) {
    if (change.is_new) {
      CHECK_OK(write_new(change));
    } else if (change.beyond_last_seen) {
      CHECK_OK(write_changed(change));
    } else {
      seen_again_.set(0, std::int64_t{change.user});
      seen_again_.set(1, states_[change.user - 1].last);
      CHECK_OK(seen_again_.next_row());
    }
  }
  CHECK_OK(added_.flush());
  CHECK_OK(seen_again_.flush());
  return changed_.flush();
}

}  // namespace spectrum::duckdb
