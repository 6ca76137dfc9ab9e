#pragma once

#include <set>

#include "tests/support/naive_events.h"

namespace spectrum::naive {

struct Exclusion {
  Selector selector;
  std::size_t from = 1;
  std::size_t to = 2;
};

struct FunnelQuestion {
  std::vector<Selector> steps;
  std::int64_t window = 0;
  std::string order = "ordered";
  std::vector<Exclusion> exclusions;
  std::vector<std::string> hold;
  std::vector<std::string> breakdown;
  std::size_t top = 8;
  std::string attribution = "first";
  bool counts_sessions = false;
};

/// One attempt: its events in order of time, and the step each served.
struct Try {
  std::vector<Event> events;
  std::vector<std::size_t> steps;
};

struct FunnelStep {
  std::int64_t count = 0;
  std::int64_t dropped = 0;
  std::optional<double> of_first, of_previous, median_s, p90_s;
};

struct FunnelAnswer {
  std::vector<FunnelStep> steps;
  std::vector<std::int64_t> histogram;
  std::vector<std::pair<std::vector<std::string>, std::vector<FunnelStep>>> rows;
  std::map<std::string, Try> tries;  ///< by user or session
  std::map<std::string, std::vector<std::string>> row_of_owner;
};

class NaiveFunnel {
 public:
  NaiveFunnel(const Asked& asked, const FunnelQuestion& question) : asked_(asked), question_(question) {}

  FunnelAnswer answer() const {
    FunnelAnswer answer;
    for (const auto& [owner, events] : owners()) {
      if (const auto best = best_of(tries_of(events))) answer.tries[owner] = *best;
    }
    std::map<std::vector<std::string>, std::int64_t> entries;
    for (const auto& [owner, one] : answer.tries) ++entries[breakdown_of(one)];
    const auto rows = rows_of(entries, question_.top);
    std::map<std::vector<std::string>, std::vector<Try>> by_row;
    std::vector<Try> all;
    for (const auto& [owner, one] : answer.tries) {
      answer.row_of_owner[owner] = rows.at(breakdown_of(one));
      by_row[rows.at(breakdown_of(one))].push_back(one);
      all.push_back(one);
    }
    answer.steps = steps_of(all);
    answer.histogram = histogram_of(all);
    if (question_.breakdown.empty()) return answer;
    // The rows by size, `$other` behind all of them.
    std::vector<std::pair<std::pair<bool, std::int64_t>, std::vector<std::string>>> order;
    for (const auto& [row, tries] : by_row) {
      order.push_back({{row.front() == "$other", row.front() == "$other" ? 0 : -static_cast<std::int64_t>(tries.size())}, row});
    }
    std::sort(order.begin(), order.end());
    for (const auto& [key, row] : order) answer.rows.emplace_back(row, steps_of(by_row[row]));
    return answer;
  }

 private:
  /// The events of each user, or session.
  std::map<std::string, std::vector<Event>> owners() const {
    if (!question_.counts_sessions) return asked_.by_user();
    std::map<std::string, std::vector<Event>> sessions;
    for (const Event& event : asked_.events) {
      if (const auto session = event.property("session_id")) sessions[*session].push_back(event);
    }
    return sessions;
  }

  bool has_held_values(const Event& event) const {
    return std::all_of(question_.hold.begin(), question_.hold.end(), [&](const auto& name) { return event.property(name).has_value(); });
  }
  bool holds_the_same(const Event& a, const Event& b) const {
    return has_held_values(a) && has_held_values(b) &&
           std::all_of(question_.hold.begin(), question_.hold.end(), [&](const auto& name) { return a.property(name) == b.property(name); });
  }

  std::vector<Try> tries_of(const std::vector<Event>& events) const {
    std::vector<Try> tries;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!asked_.is_in_range(events[i]) || !has_held_values(events[i])) continue;
      if (question_.order == "any") {
        if (auto one = try_in_any_order(events, i); !one.events.empty()) tries.push_back(one);
      } else if (question_.steps[0].matches(events[i])) {
        tries.push_back(question_.order == "strict" ? try_strictly(events, i) : try_in_order(events, i));
      }
    }
    return tries;
  }

  Try try_in_order(const std::vector<Event>& events, std::size_t start) const {
    Try one{{events[start]}, {0}};
    for (std::size_t i = start + 1; i < events.size() && one.events.size() < question_.steps.size(); ++i) {
      const Event& event = events[i];
      const std::size_t done = one.events.size();
      const bool is_in_window = event.at - events[start].at <= question_.window;
      const bool is_same = holds_the_same(events[start], event);
      if (is_in_window && is_same && question_.steps[done].matches(event)) {
        one.events.push_back(event);
        one.steps.push_back(done);
        continue;
      }
      for (const auto& exclusion : question_.exclusions) {
        if (is_same && exclusion.selector.matches(event) && done >= exclusion.from && done < exclusion.to) return one;
      }
    }
    return one;
  }

  Try try_strictly(const std::vector<Event>& events, std::size_t start) const {
    Try one{{events[start]}, {0}};
    for (std::size_t step = 1; step < question_.steps.size(); ++step) {
      if (start + step >= events.size()) return one;
      const Event& event = events[start + step];
      if (!question_.steps[step].matches(event) || !holds_the_same(events[start], event)) return one;
      if (event.at - events[start].at > question_.window) return one;
      one.events.push_back(event);
      one.steps.push_back(step);
    }
    return one;
  }

  Try try_in_any_order(const std::vector<Event>& events, std::size_t start) const {
    Try one;
    std::set<std::size_t> done;
    for (std::size_t i = start; i < events.size(); ++i) {
      if (events[i].at - events[start].at > question_.window || !holds_the_same(events[start], events[i])) continue;
      for (std::size_t step = 0; step < question_.steps.size(); ++step) {
        if (done.contains(step) || !question_.steps[step].matches(events[i])) continue;
        done.insert(step);
        one.events.push_back(events[i]);
        one.steps.push_back(step);
        break;
      }
      if (i == start && one.events.empty()) return one;
    }
    return one;
  }

  std::optional<Try> best_of(const std::vector<Try>& tries) const {
    std::optional<Try> best;
    const auto time = [](const Event& event) { return std::pair(event.at, event.seq); };
    for (const Try& one : tries) {
      if (best) {
        if (one.events.size() < best->events.size()) continue;
        if (one.events.size() == best->events.size()) {
          const auto completed = time(one.events.back()), best_completed = time(best->events.back());
          if (completed > best_completed) continue;
          if (completed == best_completed && time(one.events.front()) < time(best->events.front())) continue;
        }
      }
      best = one;
    }
    return best;
  }

  std::vector<std::string> breakdown_of(const Try& one) const {
    const Event* event = nullptr;
    if (question_.attribution == "first") {
      event = &one.events.front();
    } else if (question_.attribution == "last") {
      event = &one.events.back();
    } else {
      const auto wanted = static_cast<std::size_t>(std::stoi(question_.attribution.substr(5)) - 1);
      for (std::size_t i = 0; i < one.steps.size(); ++i) {
        if (one.steps[i] == wanted) event = &one.events[i];
      }
    }
    return values_of(event, question_.breakdown);
  }

  static std::optional<double> percentile(std::vector<double> values, double share) {
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
  }

  std::vector<FunnelStep> steps_of(const std::vector<Try>& tries) const {
    std::vector<FunnelStep> steps(question_.steps.size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
      std::vector<double> times;
      for (const Try& one : tries) {
        if (one.events.size() <= k) continue;
        ++steps[k].count;
        if (k > 0) times.push_back(static_cast<double>(one.events[k].at - one.events[k - 1].at) / 1e6);
      }
      if (k == 0) {
        steps[k].of_first = 1;
        continue;
      }
      if (steps[0].count > 0) steps[k].of_first = static_cast<double>(steps[k].count) / static_cast<double>(steps[0].count);
      if (steps[k - 1].count > 0) steps[k].of_previous = static_cast<double>(steps[k].count) / static_cast<double>(steps[k - 1].count);
      steps[k].dropped = steps[k - 1].count - steps[k].count;
      if (question_.order == "any") continue;
      steps[k].median_s = percentile(times, 0.5);
      steps[k].p90_s = percentile(times, 0.9);
    }
    return steps;
  }

  std::vector<std::int64_t> histogram_of(const std::vector<Try>& tries) const {
    std::vector<std::int64_t> edges;
    for (const std::int64_t edge : {0, 10, 60, 600, 3600, 21'600, 86'400, 259'200, 604'800, 2'592'000}) {
      if (edge * 1'000'000 < question_.window) edges.push_back(edge * 1'000'000);
    }
    std::vector<std::int64_t> bins(edges.size());
    for (const Try& one : tries) {
      if (one.events.size() < question_.steps.size()) continue;
      const std::int64_t time = one.events.back().at - one.events.front().at;
      for (std::size_t i = 0; i < edges.size(); ++i) {
        const bool is_last = i + 1 == edges.size();
        if (time >= edges[i] && (is_last || time < edges[i + 1])) ++bins[i];
      }
    }
    return bins;
  }

  const Asked& asked_;
  const FunnelQuestion& question_;
};

}  // namespace spectrum::naive
