#pragma once

#include <set>

#include "tests/support/naive_events.h"

namespace spectrum::naive {

struct RetentionQuestion {
  Selector start;
  Selector comeback;
  std::string interval = "day";
  int periods = 8;
  bool is_on_or_after = false;
  bool is_recurring = false;
  bool is_rolling = false;
  std::vector<std::string> breakdown;
  std::size_t top = 8;
};

/// One user in one cohort.
struct Member {
  std::string user;
  std::chrono::sys_days cohort;
  std::vector<std::string> values;
  std::set<int> periods;  ///< the cells in which the user counts
};

class NaiveRetention {
 public:
  NaiveRetention(const Asked& asked, const RetentionQuestion& question)
      : asked_(asked), question_(question), calendar_(asked.zone, question.interval) {}

  std::vector<Member> members() const {
    std::vector<Member> members;
    for (const auto& [user, events] : asked_.by_user()) {
      std::map<std::chrono::sys_days, std::size_t> starts;  // the first one of each bucket
      for (std::size_t i = 0; i < events.size(); ++i) {
        if (!question_.start.matches(events[i])) continue;
        if (asked_.is_in_range(events[i])) starts.try_emplace(calendar_.bucket_of(events[i].at), i);
        if (!question_.is_recurring) break;
      }
      for (const auto& [cohort, first] : starts) {
        Member member{user, cohort, values_of(&events[first], question_.breakdown), {}};
        for (int n = 0; n < question_.periods; ++n) {
          if (came_back(events, first, cohort, n)) member.periods.insert(n);
        }
        if (question_.is_on_or_after) {
          for (int n = 0; n < question_.periods; ++n) {
            if (!member.periods.empty() && *member.periods.rbegin() >= n) member.periods.insert(n);
          }
        }
        members.push_back(member);
      }
    }
    return members;
  }

  bool is_complete(std::chrono::sys_days cohort, int n) const {
    if (question_.is_rolling) return calendar_.start_of(calendar_.next(cohort)) + (n + 1) * length() <= asked_.now;
    return calendar_.start_of(calendar_.next(cohort, n + 1)) <= asked_.now;
  }

 private:
  std::int64_t length() const {
    const std::int64_t day = 86'400'000'000;
    return question_.interval == "day" ? day : question_.interval == "week" ? 7 * day : 30 * day;
  }

  bool came_back(const std::vector<Event>& events, std::size_t first, std::chrono::sys_days cohort, int n) const {
    if (n == 0 && question_.start == question_.comeback) return true;
    for (std::size_t i = first + 1; i < events.size(); ++i) {
      if (!question_.comeback.matches(events[i])) continue;
      if (question_.is_rolling) {
        const std::int64_t since = events[i].at - events[first].at;
        if (since >= n * length() && since < (n + 1) * length()) return true;
      } else if (calendar_.bucket_of(events[i].at) == calendar_.next(cohort, n)) {
        return true;
      }
    }
    return false;
  }

  const Asked& asked_;
  const RetentionQuestion& question_;
  const Calendar calendar_;
};

}  // namespace spectrum::naive
