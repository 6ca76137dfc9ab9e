#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/event.h"
#include "ports/database.h"

namespace spectrum::catalog {

/// A refused event. Its id is the log position of its refusal, so taking it over twice changes nothing.
struct QuarantineItem {
  model::Position id = 0;
  model::ProjectId project_number = 0;
  Timestamp received_at;
  std::string source;  ///< http or load
  std::string code;
  std::string message;
  std::string pointer;
  std::string payload;
  std::optional<std::string> file;
  std::optional<std::int64_t> line;
  std::optional<Timestamp> replayed_at;
};

/// What was refused, to be looked at and replayed. Thread-safe.
class Quarantine {
 public:
  explicit Quarantine(ports::Database& database) : database_(database) {}

  struct Entry {
    model::Position position;
    model::Rejection rejection;
  };
  /// Takes over what the log says, in one transaction: new items, and which of the old ones were replayed.
  Status take_over(std::span<const Entry> entries, std::span<const model::Position> replayed, Timestamp now);

  /// Newest first, ids below `before` only (0: from the newest).
  Result<std::vector<QuarantineItem>> list(model::ProjectId project, const std::string& code, model::Position before,
                                           std::int64_t limit);
  /// Oldest first, not yet replayed, ids above `after` only.
  Result<std::vector<QuarantineItem>> list_unreplayed(model::ProjectId project, const std::string& code,
                                                      model::Position after, std::int64_t limit);
  /// Rows of files of any project, replayed or not, received since then, ids above `after` only: oldest first.
  Result<std::vector<QuarantineItem>> list_refused_rows(Timestamp since, model::Position after, std::int64_t limit);
  Result<QuarantineItem> find(model::ProjectId project, model::Position id);
  Status mark_replayed(model::Position id, Timestamp now);
  /// Drops the items behind that position; returns how many.
  Result<std::size_t> forget_behind(model::Position last);

  /// Held from the look at an item until it is marked, so that no two replays take the same one.
  std::unique_lock<std::mutex> begin_replay() { return std::unique_lock(replaying_); }

 private:
  ports::Database& database_;
  std::mutex replaying_;
};

}  // namespace spectrum::catalog
