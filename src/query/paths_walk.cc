#include "query/paths_walk.h"

#include <algorithm>

namespace spectrum::query {
namespace {

bool is_anchor(const Event& event) { return (event.matches & 1) != 0; }

/// The sequence of one visit; empty when it has none.
std::span<const Event> sequence(const PathsRules& rules, std::span<const Event> visit) {
  if (rules.anchor == PathsRules::Anchor::end) {
    const auto last = std::find_if(visit.rbegin(), visit.rend(), is_anchor);
    const auto until_last = visit.first(static_cast<std::size_t>(visit.rend() - last));
    return until_last.last(std::min(rules.steps, until_last.size()));
  }
  if (rules.anchor == PathsRules::Anchor::start) {
    const auto first = std::find_if(visit.begin(), visit.end(), is_anchor);
    visit = visit.subspan(static_cast<std::size_t>(first - visit.begin()));
  }
  return visit.first(std::min(rules.steps, visit.size()));
}

}  // namespace

void walk_paths(const PathsRules& rules, std::span<const Event> events, const std::function<void(std::span<const Event>)>& use) {
  for (std::size_t first = 0; first < events.size();) {
    std::size_t last = first + 1;
    while (last < events.size() && (rules.gap_us == 0 || events[last].at - events[last - 1].at <= rules.gap_us)) ++last;
    if (const auto found = sequence(rules, events.subspan(first, last - first)); !found.empty()) use(found);
    first = last;
  }
}

}  // namespace spectrum::query
