#pragma once

#include "tests/support/naive_events.h"

namespace spectrum::naive {

struct PathsQuestion {
  std::optional<Selector> start;
  std::optional<Selector> end;
  std::size_t steps = 5;
  std::int64_t within = 0;  ///< 0: visits are sessions
};

/// What one visit of a user shows.
struct Walked {
  std::string user;
  std::vector<std::string> path;
};

inline std::vector<std::vector<Event>> visits_of(const PathsQuestion& question, const std::vector<Event>& events) {
  std::vector<std::vector<Event>> visits;
  if (question.within == 0) {
    std::map<std::string, std::vector<Event>> sessions;
    for (const Event& event : events) {
      if (const auto session = event.property("session_id")) sessions[*session].push_back(event);
    }
    for (const auto& [session, visit] : sessions) visits.push_back(visit);
    return visits;
  }
  for (const Event& event : events) {
    if (visits.empty() || event.at - visits.back().back().at > question.within) visits.emplace_back();
    visits.back().push_back(event);
  }
  return visits;
}

inline std::vector<Walked> walked(const Asked& asked, const PathsQuestion& question) {
  std::vector<Walked> all;
  for (const auto& [user, events] : asked.by_user()) {
    std::vector<Event> in_range;
    std::copy_if(events.begin(), events.end(), std::back_inserter(in_range), [&](const Event& event) { return asked.is_in_range(event); });
    for (const auto& visit : visits_of(question, in_range)) {
      std::size_t first = 0, last = visit.size();
      if (question.start) {
        while (first < last && !question.start->matches(visit[first])) ++first;
      }
      if (question.end) {
        while (last > 0 && !question.end->matches(visit[last - 1])) --last;
        first = last > question.steps ? last - question.steps : 0;
      }
      std::vector<std::string> path;
      for (std::size_t i = first; i < last && path.size() < question.steps; ++i) path.push_back(visit[i].type);
      if (!path.empty()) all.push_back({user, path});
    }
  }
  return all;
}

}  // namespace spectrum::naive
