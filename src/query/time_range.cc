#include "query/time_range.h"

#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::minutes;

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr int kDefaultDays = 30;

/// A local calendar day, counted from 1970.
std::int64_t local_day(const TimeZone& zone, Timestamp instant) {
  const std::int64_t micros = zone.to_local(instant).micros;
  return (micros >= 0 ? micros : micros - kMicrosPerDay + 1) / kMicrosPerDay;
}

Timestamp start_of_day(const TimeZone& zone, std::int64_t day) { return zone.to_instant({day * kMicrosPerDay}); }

std::chrono::year_month_day date_of(std::int64_t day) { return std::chrono::sys_days(days(day)); }

std::int64_t first_day_of_bucket(std::int64_t day, Interval interval) {
  if (interval == Interval::week) {
    const std::int64_t since_monday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    return day - since_monday;
  }
  if (interval == Interval::month) {
    const auto date = date_of(day);
    return day - (static_cast<unsigned>(date.day()) - 1);
  }
  return day;
}

std::int64_t next_bucket_day(std::int64_t first_day, Interval interval) {
  if (interval == Interval::day) return first_day + 1;
  if (interval == Interval::week) return first_day + 7;
  const auto next = date_of(first_day) + std::chrono::months(1);
  return std::chrono::sys_days(next).time_since_epoch().count();
}

Error too_many(Interval interval) {
  return refuse("/interval", "the range holds more than " + std::to_string(kMaxBuckets) + " buckets of this size; choose a " +
                                 (interval == Interval::minute ? "shorter range or hours" : "shorter range or a larger one"));
}

Result<std::vector<Bucket>> calendar_buckets(const TimeRange& range, Interval interval) {
  std::vector<Bucket> buckets;
  std::int64_t day = first_day_of_bucket(local_day(range.zone, range.from), interval);
  for (Timestamp start = start_of_day(range.zone, day); start < range.until;) {
    if (buckets.size() == kMaxBuckets) return too_many(interval);
    const std::int64_t next_day = next_bucket_day(day, interval);
    const Timestamp end = start_of_day(range.zone, next_day);
    // A day that a zone skipped (Pacific/Apia, 2011-12-30) has no length and is no bucket.
    if (end > start) buckets.push_back({start, end, format_date(from_micros(day * kMicrosPerDay))});
    day = next_day;
    start = end;
  }
  return buckets;
}

Result<std::vector<Bucket>> clock_buckets(const TimeRange& range, Interval interval) {
  const auto width = interval == Interval::hour ? minutes(60) : minutes(1);
  std::vector<Bucket> buckets;
  // Begin two hours early, so that the first bucket is whole whatever the clock did.
  for (const auto& span : range.zone.spans(range.from - std::chrono::hours(2), range.until + std::chrono::hours(2))) {
    const auto local_floor = [&](Timestamp at) { return floor<minutes>(at + span.offset); };
    Timestamp start = span.from;
    while (start < span.until) {
      const auto shown = local_floor(start).time_since_epoch();
      const auto next_local = shown - shown % width + width;
      const Timestamp end = std::min(Timestamp(next_local) - span.offset, span.until);
      if (end > range.from && start < range.until) {
        if (buckets.size() == kMaxBuckets) return too_many(interval);
        buckets.push_back({start, end, range.zone.format(start)});
      }
      start = end;
    }
  }
  return buckets;
}

Result<Timestamp> parse_bound(const std::string& text, std::string_view pointer, const TimeZone& zone, bool is_end) {
  if (const auto instant = parse_rfc3339(text)) return *instant;
  const auto local = parse_local_time(text);
  if (!local || text.size() != 10) {
    return refuse(pointer, "must be a date such as 2026-11-21 or an instant such as 2026-11-21T09:30:00Z");
  }
  return zone.to_instant({local->micros + (is_end ? kMicrosPerDay : 0)});
}

}  // namespace

Result<Interval> parse_interval(std::string_view text, std::string_view pointer) {
  if (text == "minute") return Interval::minute;
  if (text == "hour") return Interval::hour;
  if (text == "day") return Interval::day;
  if (text == "week") return Interval::week;
  if (text == "month") return Interval::month;
  return refuse(pointer, "must be minute, hour, day, week or month");
}

Result<TimeRange> parse_range(const std::string& from, const std::string& to, const TimeZone& zone, Timestamp now) {
  const std::int64_t today = local_day(zone, now);
  Timestamp until = start_of_day(zone, today + 1);
  if (!to.empty()) {
    TRY(until, parse_bound(to, "/to", zone, true));
  }
  Timestamp begin = start_of_day(zone, local_day(zone, until - microseconds(1)) - (kDefaultDays - 1));
  if (!from.empty()) {
    TRY(begin, parse_bound(from, "/from", zone, false));
  }
  if (begin >= until) return refuse("/from", "must lie before to");
  return TimeRange{begin, until, zone};
}

Result<std::vector<Bucket>> make_buckets(const TimeRange& range, Interval interval) {
  const bool by_clock = interval == Interval::minute || interval == Interval::hour;
  return by_clock ? clock_buckets(range, interval) : calendar_buckets(range, interval);
}

TimeRange previous_period(const TimeRange& range) {
  const std::int64_t first = local_day(range.zone, range.from);
  const std::int64_t end = local_day(range.zone, range.until);
  const bool is_of_whole_days = start_of_day(range.zone, first) == range.from && start_of_day(range.zone, end) == range.until;
  const Timestamp from = is_of_whole_days ? start_of_day(range.zone, first - (end - first)) : range.from - (range.until - range.from);
  return {from, range.from, range.zone};
}

TimeRange previous_year(const TimeRange& range) {
  const auto year_before = [&](std::int64_t day) {
    auto date = date_of(day) - std::chrono::years(1);
    if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
    return std::int64_t{std::chrono::sys_days(date).time_since_epoch().count()};
  };
  const auto moved = [&](Timestamp instant) {
    const std::int64_t day = local_day(range.zone, instant);
    const std::int64_t time = range.zone.to_local(instant).micros - day * kMicrosPerDay;
    return range.zone.to_instant({year_before(day) * kMicrosPerDay + time});
  };
  const Timestamp from = moved(range.from);
  const std::int64_t end = local_day(range.zone, range.until);
  const bool ends_with_a_day = start_of_day(range.zone, end) == range.until;
  Timestamp until = ends_with_a_day ? start_of_day(range.zone, year_before(end - 1) + 1) : moved(range.until);
  if (until <= from) until = from + (range.until - range.from);  // from the 28th to noon of the 29th
  return {from, until, range.zone};
}

BucketIndex::BucketIndex(const std::vector<Bucket>& buckets) {
  for (const auto& bucket : buckets) starts_.push_back(floor<minutes>(bucket.start).time_since_epoch().count());
  const std::int64_t end = floor<minutes>(buckets.back().end).time_since_epoch().count();
  // A shade below the true share: no minute is guessed beyond the last bucket.
  per_minute_ = static_cast<double>(buckets.size()) / static_cast<double>(end - starts_.front()) * (1 - 1e-9);
  starts_.push_back(end);
}

}  // namespace spectrum::query
