#pragma once

#include <span>

#include "adapters/duckdb/key_map.h"
#include "adapters/duckdb/incoming_rows.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Gives sessions their numbers and keeps dim_sessions: a session begins with its earliest event by
/// (occurred_at, seq), in whatever order events come.
class Sessions {
 public:
  static Result<Sessions> open(Connection& connection);

  KeyHash key(const model::Event& event) const { return hash_(event.project_id, event.session_id); }
  void prefetch(KeyHash key) const { map_.prefetch(key); }

  void begin_batch();
  /// The session's number; notes what the event of that user changes about it.
  std::uint32_t resolve(KeyHash key, const model::Event& event, std::uint32_t user);
  /// Writes what the batch changed. The batch's events have to be alive still.
  Status write(Feed& feed);

 private:
  struct State {
    std::int64_t start;
    std::int64_t last;
    std::uint32_t batch;   ///< the last batch that changed it …
    std::uint32_t change;  ///< … and where in `changes_`
  };
  struct Change {
    std::uint32_t session;
    bool is_new;
    std::uint32_t user;            ///< of `begun_by`
    const model::Event* begun_by;  ///< nullptr: the start did not change
  };
  Status read(Connection& connection);
  Change& change_of(std::uint32_t session);
  double duration(const Change& change) const;
  void write_new(RowWriter& row, const Change& change) const;
  void write_changed(RowWriter& row, const Change& change) const;

  KeyHasher hash_;
  KeyMap map_;
  std::vector<State> states_;  ///< of session 1, 2, …
  std::vector<Change> changes_;
  std::uint32_t batch_ = 0;
};

}  // namespace spectrum::duckdb
