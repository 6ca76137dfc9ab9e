#pragma once

#include <functional>
#include <span>
#include <vector>

#include "query/user_events.h"

namespace spectrum::query {

/// What retention counts, in microseconds. Of an event's matches bit 0 stands for the start, bit 1 for the return.
struct RetentionRules {
  bool is_first_time = true;  ///< a user's first start ever counts, else the first of each bucket
  bool is_rolling = false;    ///< periods begin with the user's start, else with the calendar's buckets
  bool is_same = false;       ///< a start is a return to itself
  std::int64_t from = 0;      ///< starts lie in [from, until)
  std::int64_t until = 0;
  std::int64_t length = 0;             ///< of a rolling period
  std::size_t periods = 0;
  std::vector<std::int64_t> starts;    ///< of the buckets, and the end of the last one
};

/// Finds the cohorts of one user, and the periods in which the user came back.
class RetentionWalk {
 public:
  /// A cohort's bucket, the first start of the user in it, and the periods with a return, ascending.
  using Use = std::function<void(std::size_t cohort, const Event& start, std::span<const std::uint32_t> periods)>;

  explicit RetentionWalk(RetentionRules rules) : rules_(std::move(rules)) {}

  /// The events of one user in their order; for first_time none of a user who started before the range.
  void walk(std::span<const Event> events, const Use& use);

 private:
  struct Start {
    std::size_t event;
    std::size_t bucket;
  };
  std::size_t bucket_of(std::int64_t at) const;
  void find_starts(std::span<const Event> events);
  void find_calendar_periods(const Start& start);
  void find_rolling_periods(std::span<const Event> events, const Start& start);

  const RetentionRules rules_;
  std::vector<Start> starts_;
  std::vector<std::size_t> returns_;
  std::vector<Start> last_returns_;  ///< of each bucket
  std::vector<std::uint32_t> periods_;
};

}  // namespace spectrum::query
