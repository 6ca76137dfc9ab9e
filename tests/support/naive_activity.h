#pragma once

#include <set>

#include "tests/support/naive_events.h"

namespace spectrum::naive {

/// The users in each state (new, returning, resurrecting, dormant) of each bucket.
inline std::map<std::chrono::sys_days, std::map<std::string, std::set<std::string>>> lifecycle(const Asked& asked, const Selector& selector,
                                                                                             const std::string& interval) {
  const Calendar calendar(asked.zone, interval);
  std::map<std::chrono::sys_days, std::map<std::string, std::set<std::string>>> states;
  for (const auto bucket : calendar.buckets(asked.from, asked.until)) {
    for (const std::string state : {"new", "returning", "resurrecting", "dormant"}) states[bucket][state];
    for (const auto& [user, events] : asked.by_user()) {
      std::set<std::chrono::sys_days> active;
      for (const Event& event : events) {
        if (selector.matches(event)) active.insert(calendar.bucket_of(event.at));
      }
      const bool is_active = active.contains(bucket);
      const bool was_before = active.contains(calendar.next(bucket, -1));
      const bool was_ever_before = !active.empty() && *active.begin() < bucket;
      if (is_active && !was_ever_before) states[bucket]["new"].insert(user);
      if (is_active && was_before) states[bucket]["returning"].insert(user);
      if (is_active && !was_before && was_ever_before) states[bucket]["resurrecting"].insert(user);
      if (!is_active && was_before) states[bucket]["dormant"].insert(user);
    }
  }
  return states;
}

/// In how many intervals of the range each user was active, if in any.
inline std::map<std::string, std::size_t> active_intervals(const Asked& asked, const Selector& selector, const std::string& interval) {
  const Calendar calendar(asked.zone, interval);
  std::map<std::string, std::set<std::chrono::sys_days>> active;
  for (const Event& event : asked.events) {
    if (asked.is_in_range(event) && selector.matches(event)) active[event.user].insert(calendar.bucket_of(event.at));
  }
  std::map<std::string, std::size_t> counts;
  for (const auto& [user, buckets] : active) counts[user] = buckets.size();
  return counts;
}

}  // namespace spectrum::naive
