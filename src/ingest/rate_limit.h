#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "base/guarded.h"
#include "model/position.h"

namespace spectrum::ingest {

/// How many events a second each project may send: a leaky bucket that holds one second's worth (the generic cell rate
/// algorithm of ITU-T I.371). Thread-safe.
class RateLimit {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// 0: no limit.
  explicit RateLimit(std::uint64_t events_per_second) : events_per_second_(events_per_second) {}

  /// Takes a request's events, all or none: it passes while anything is left, and what it takes beyond that is waited for
  /// by those that come later. Without a pass: how long to wait for one, in whole seconds, rounded up.
  std::optional<std::chrono::seconds> take(model::ProjectId project, std::size_t events, Instant now);

  std::uint64_t events_per_second() const { return events_per_second_; }

 private:
  const std::uint64_t events_per_second_;
  /// When what the project sent is worked off.
  Guarded<std::map<model::ProjectId, Instant>> free_at_;
};

}  // namespace spectrum::ingest
