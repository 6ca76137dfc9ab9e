#pragma once

#include <functional>
#include <span>

#include "query/user_events.h"

namespace spectrum::query {

/// Which sequences of events are looked at. Bit 0 of an event's matches stands for the start or the end.
struct PathsRules {
  enum class Anchor { none, start, end };
  Anchor anchor = Anchor::none;
  std::size_t steps = 5;
  std::int64_t gap_us = 0;  ///< a longer one separates two visits; 0: none does
};

/// Calls `use` with the sequence of each visit that has one, out of one user's events in their order: up to `steps`
/// events from its start, or up to its end.
void walk_paths(const PathsRules& rules, std::span<const Event> events, const std::function<void(std::span<const Event>)>& use);

}  // namespace spectrum::query
