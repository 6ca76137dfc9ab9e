#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"

namespace spectrum::query {

/// Before any event, and behind any.
inline constexpr Timestamp kBeginning{std::chrono::seconds(-62'135'596'800)};
inline constexpr Timestamp kEnd{std::chrono::seconds(253'402'300'800)};

enum class Interval { minute, hour, day, week, month };

Result<Interval> parse_interval(std::string_view text, std::string_view pointer);

/// What a question is about in time: [from, until), seen in a zone.
struct TimeRange {
  Timestamp from;
  Timestamp until;
  TimeZone zone;
};

/// Reads `from` and `to`: a date or an instant each; a bare date in `to` includes that day. Empty: the 30 local days
/// that end today.
Result<TimeRange> parse_range(const std::string& from, const std::string& to, const TimeZone& zone, Timestamp now);

/// As long, directly before: so many local days when it is of whole days.
TimeRange previous_period(const TimeRange& range);
/// The same local dates a year earlier; 28 February for the 29th.
TimeRange previous_year(const TimeRange& range);

/// One step of a time axis. A bucket may begin before the range: it is labelled by its own first day or instant.
struct Bucket {
  Timestamp start;
  Timestamp end;
  std::string label;
};

inline constexpr std::size_t kMaxBuckets = 5000;

/// The buckets that a range touches, none missing and none doubled across changes of the clock: days, weeks (from
/// Monday) and months of the local calendar; clock hours and minutes, and a new one where the offset changes. `invalid`
/// above kMaxBuckets.
Result<std::vector<Bucket>> make_buckets(const TimeRange& range, Interval interval);

/// Rows of one bucket: those behind the run before, up to `end`.
struct BucketRun {
  std::uint32_t bucket;
  std::uint32_t end;
};

/// Finds the bucket of a minute, for millions of them.
class BucketIndex {
 public:
  explicit BucketIndex(const std::vector<Bucket>& buckets);

  /// Cuts some minutes into runs of one bucket: neighbours often are.
  void find(std::span<const std::int64_t> time_ids, std::vector<BucketRun>& runs) const {
    runs.clear();
    for (std::size_t i = 0; i < time_ids.size();) {
      const std::size_t bucket = (*this)(time_ids[i++]);
      const std::int64_t first = starts_[bucket], last = starts_[bucket + 1] - 1;
      const auto is_outside = [&](std::size_t row) { return (time_ids[row] - first) | (last - time_ids[row]); };  // below zero: it is
      for (; i + kTogether <= time_ids.size(); i += kTogether) {
        std::int64_t any = 0;
        for (std::size_t k = 0; k < kTogether; ++k) any |= is_outside(i + k);
        if (any < 0) break;
      }
      while (i < time_ids.size() && is_outside(i) >= 0) ++i;
      runs.push_back({static_cast<std::uint32_t>(bucket), static_cast<std::uint32_t>(i)});
    }
  }

  /// `time_id`, minutes since 1970, lies within the buckets.
  std::size_t operator()(std::int64_t time_id) const {
    auto bucket = static_cast<std::size_t>(static_cast<double>(time_id - starts_.front()) * per_minute_);
    while (time_id < starts_[bucket]) --bucket;
    while (time_id >= starts_[bucket + 1]) ++bucket;
    return bucket;
  }

 private:
  static constexpr std::size_t kTogether = 64;  ///< minutes that are looked at by a few instructions for several

  std::vector<std::int64_t> starts_;  ///< and the end of the last
  double per_minute_;
};

}  // namespace spectrum::query
