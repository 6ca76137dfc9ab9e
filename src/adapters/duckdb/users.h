#pragma once

#include <optional>
#include <span>

#include "adapters/duckdb/key_map.h"
#include "adapters/duckdb/incoming_rows.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Gives users their numbers and keeps dim_users: first and last event exact, attributes as of the highest
/// position.
class Users {
 public:
  static Result<Users> open(Connection& connection);

  KeyHash key(const model::Event& event) const {
    return hash_(event.project_id, event.user_key(), event.is_anonymous());
  }
  void prefetch(KeyHash key) const { map_.prefetch(key); }

  void begin_batch();
  /// The user's number; notes what the event changes about them.
  std::uint32_t resolve(KeyHash key, const model::Event& event);
  /// Writes what the batch changed. The batch's events have to be alive still.
  Status write(Feed& feed);

 private:
  struct State {
    std::int64_t first;
    std::int64_t last;
    std::uint32_t batch;   ///< the last batch that changed it …
    std::uint32_t change;  ///< … and where in `changes_`
  };
  struct Change {
    std::uint32_t user;
    bool is_new;
    bool beyond_last_seen;  ///< more than `last_seen` changes
    const model::Event* named_by;
    std::string_view segment;
    std::string_view traits;
  };
  Status read(Connection& connection);
  Change& change_of(std::uint32_t user);
  void write_new(RowWriter& row, const Change& change) const;
  void write_changed(RowWriter& row, const Change& change) const;

  KeyHasher hash_;
  KeyMap map_;
  std::vector<State> states_;  ///< of user 1, 2, …
  std::vector<Change> changes_;
  std::uint32_t batch_ = 0;
};

}  // namespace spectrum::duckdb
