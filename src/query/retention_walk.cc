#include "query/retention_walk.h"

#include <algorithm>

namespace spectrum::query {
namespace {

constexpr std::uint32_t kStart = 1;
constexpr std::uint32_t kReturn = 2;

}  // namespace

std::size_t RetentionWalk::bucket_of(std::int64_t at) const {
  return static_cast<std::size_t>(std::upper_bound(rules_.starts.begin(), rules_.starts.end(), at) - rules_.starts.begin()) - 1;
}

void RetentionWalk::find_starts(std::span<const Event> events) {
  starts_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    if ((events[i].matches & kStart) == 0) continue;
    const bool is_in_range = events[i].at >= rules_.from && events[i].at < rules_.until;
    if (is_in_range) {
      const std::size_t bucket = bucket_of(events[i].at);
      if (starts_.empty() || starts_.back().bucket != bucket) starts_.push_back({i, bucket});
    }
    if (rules_.is_first_time) return;
  }
}

void RetentionWalk::find_calendar_periods(const Start& start) {
  const auto first = std::partition_point(last_returns_.begin(), last_returns_.end(),
                                          [&](const Start& last) { return last.event <= start.event; });
  for (auto last = first; last != last_returns_.end() && last->bucket < start.bucket + rules_.periods; ++last) {
    periods_.push_back(static_cast<std::uint32_t>(last->bucket - start.bucket));
  }
}

void RetentionWalk::find_rolling_periods(std::span<const Event> events, const Start& start) {
  const std::int64_t began = events[start.event].at;
  auto next = std::upper_bound(returns_.begin(), returns_.end(), start.event);
  while (next != returns_.end()) {
    const std::int64_t period = (events[*next].at - began) / rules_.length;
    if (period >= static_cast<std::int64_t>(rules_.periods)) return;
    periods_.push_back(static_cast<std::uint32_t>(period));
    const std::int64_t end = began + (period + 1) * rules_.length;
    next = std::partition_point(next, returns_.end(), [&](std::size_t event) { return events[event].at < end; });
  }
}

void RetentionWalk::walk(std::span<const Event> events, const Use& use) {
  find_starts(events);
  if (starts_.empty()) return;
  returns_.clear();
  last_returns_.clear();
  for (std::size_t i = starts_.front().event + 1; i < events.size(); ++i) {
    if ((events[i].matches & kReturn) == 0) continue;
    if (rules_.is_rolling) {
      returns_.push_back(i);
      continue;
    }
    const std::size_t bucket = bucket_of(events[i].at);
    if (last_returns_.empty() || last_returns_.back().bucket != bucket) last_returns_.push_back({i, bucket});
    last_returns_.back().event = i;
  }
  for (const Start& start : starts_) {
    periods_.clear();
    rules_.is_rolling ? find_rolling_periods(events, start) : find_calendar_periods(start);
    if (rules_.is_same && (periods_.empty() || periods_.front() != 0)) periods_.insert(periods_.begin(), 0);
    use(start.bucket, events[start.event], periods_);
  }
}

}  // namespace spectrum::query
