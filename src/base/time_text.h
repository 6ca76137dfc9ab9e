#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace spectrum {

/// Reads an RFC 3339 instant (`2026-11-21T09:30:00.123456Z`, `…+01:00`; a space for the T, a leap second and up to
/// nine fractional digits are accepted, digits beyond microseconds are cut). Nothing when it is not one, or when the
/// offset is missing.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// A date and time without offset: microseconds on a clock face, counted as if it were UTC.
struct LocalTime {
  std::int64_t micros;
};

/// Reads `2026-11-21`, `2026-11-21 09:30[:00[.123456]]` (or with a T) that carries no offset.
std::optional<LocalTime> parse_local_time(std::string_view text);

/// `2026-11-21T09:30:00Z`, with three or six fractional digits when they are not zero.
std::string format_rfc3339(Timestamp instant);

/// `2026-11-21`, the UTC date.
std::string format_date(Timestamp instant);

/// Reads `90d`, `24h`, `30m`, `10s` as a duration.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Writes a duration in whole days or hours where it is one, else in seconds: `90d`, `36h`, `90s`.
std::string format_duration(std::chrono::seconds duration);

/// Days since 1970-01-01 of a proleptic Gregorian date, without checking that the day exists.
std::int64_t days_from_civil(int year, unsigned month, unsigned day);

}  // namespace spectrum
