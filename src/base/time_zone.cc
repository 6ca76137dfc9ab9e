#include "base/time_zone.h"

#include <date/tz.h>

#include <cstdio>
#include <stdexcept>

namespace spectrum {

struct TimeZone::Zone {
  const date::time_zone* zone;
};

bool is_time_zone(const std::string& name) { return TimeZone::find(name).ok(); }

Result<TimeZone> TimeZone::find(const std::string& name) {
  try {
    return TimeZone(name, std::make_shared<const Zone>(Zone{date::locate_zone(name)}));
  } catch (const std::runtime_error&) {
    return invalid("'" + name + "' is no time zone of the system's database; use an IANA name such as Europe/Berlin");
  }
}

LocalTime TimeZone::to_local(Timestamp instant) const {
  const auto info = zone_->zone->get_info(std::chrono::floor<std::chrono::seconds>(instant));
  return {to_micros(instant + info.offset)};
}

Timestamp TimeZone::to_instant(LocalTime local) const {
  const date::local_time<std::chrono::microseconds> shown{std::chrono::microseconds(local.micros)};
  const auto info = zone_->zone->get_info(date::floor<std::chrono::seconds>(shown));
  if (info.result == date::local_info::nonexistent) return Timestamp(info.first.end.time_since_epoch());
  return from_micros(local.micros) - info.first.offset;
}

std::vector<TimeZone::Span> TimeZone::spans(Timestamp from, Timestamp until) const {
  std::vector<Span> spans;
  for (Timestamp at = from; at < until;) {
    const auto info = zone_->zone->get_info(std::chrono::floor<std::chrono::seconds>(at));
    // The last span of a zone ends beyond what microseconds can count.
    const auto limit = std::chrono::floor<std::chrono::seconds>(until) + std::chrono::seconds(1);
    const Timestamp end = info.end < limit ? std::min(Timestamp(info.end), until) : until;
    spans.push_back({at, end, info.offset});
    at = end;
  }
  return spans;
}

std::string TimeZone::format(Timestamp instant) const {
  const auto offset = zone_->zone->get_info(std::chrono::floor<std::chrono::seconds>(instant)).offset;
  std::string text = format_rfc3339(instant + offset);
  text.pop_back();
  const long minutes = static_cast<long>(std::abs(offset.count()) / 60);
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%c%02ld:%02ld", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return text + suffix;
}

}  // namespace spectrum
