#include "bulk/timestamps.h"

#include <algorithm>
#include <array>

#include "base/json_text.h"

namespace spectrum::bulk {
namespace {

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

/// An instant as the number that events take for it: microseconds, which are told from other units by their size.
std::string epoch_micros(Timestamp instant) {
  constexpr std::int64_t kSmallestMicros = 100'000'000'000'000;
  const std::int64_t micros = to_micros(instant);
  return micros >= kSmallestMicros ? std::to_string(micros) : quoted(format_rfc3339(instant));
}

bool is_epoch(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool has_leading_zero = text.size() > 1 && text[0] == '0' && dot != 1;
  return !has_leading_zero && is_digits(text.substr(0, dot)) && (dot == std::string_view::npos || is_digits(text.substr(dot + 1)));
}

/// `17/May/2015:10:05:03 +0000` as RFC 3339; empty when it is none.
std::string from_common_log(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ') return {};
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(3, 3));
  if (month == kMonths.end()) return {};
  const auto number = std::to_string(month - kMonths.begin() + 1);
  return std::string(text.substr(7, 4)) + (number.size() < 2 ? "-0" : "-") + number + "-" + std::string(text.substr(0, 2)) +
         "T" + std::string(text.substr(12, 8)) + std::string(text.substr(21, 3)) + ":" + std::string(text.substr(24, 2));
}

/// The midnight of `20261121`. As epoch seconds it would be a day of 1970.
std::optional<LocalTime> from_compact_date(std::string_view text) {
  if (text.size() != 8 || !is_epoch(text) || text.find('.') != std::string_view::npos) return std::nullopt;
  return parse_local_time(std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" + std::string(text.substr(6)));
}

std::optional<LocalTime> read_local_time(std::string_view text) {
  const auto date = from_compact_date(text);
  return date ? date : parse_local_time(text);
}

/// `2026/11/21 09:30:00`, and offsets as databases and programs write them (`+01`, `+0100`, ` UTC`), as RFC 3339 has it.
std::string in_full(std::string_view text) {
  std::string full(text);
  if (full.size() < 16 || full[4] != full[7]) return full;
  if (full[4] == '/') full[4] = full[7] = '-';
  if (full[4] != '-') return full;
  if (full.ends_with(" UTC")) return full.substr(0, full.size() - 4) + "Z";
  const auto sign = full.find_first_of("+-", 16);
  const auto digits = sign == std::string::npos ? 0 : full.size() - sign - 1;
  if (digits == 2) full += ":00";
  if (digits == 4) full.insert(sign + 3, ":");
  return full;
}

}  // namespace

bool is_timestamp_field(std::string_view name) {
  return name == "timestamp" || name == "occurred_at" || name == "occurredAt" || name == "time";
}

Result<std::string> read_timestamp(std::string_view given, const std::optional<TimeZone>& zone) {
  if (zone) {
    if (const auto local = parse_local_time(given)) return epoch_micros(zone->to_instant(*local));
  }
  const std::string text = in_full(given);
  const auto local = read_local_time(text);
  if (!local && is_epoch(text)) return text;
  if (parse_rfc3339(text)) return quoted(text);
  if (local) {
    if (!zone) return invalid("'" + std::string(given) + "' has no offset from UTC; say with --tz which time zone it is in");
    return epoch_micros(zone->to_instant(*local));
  }
  if (const auto instant = from_common_log(text); !instant.empty() && parse_rfc3339(instant)) return quoted(instant);
  return invalid("'" + std::string(given) + "' is no time that is understood: 2026-11-21T09:30:00Z, 2026-11-21 09:30:00 with --tz, "
                                           "epoch numbers, or 21/Nov/2026:09:30:00 +0000");
}

}  // namespace spectrum::bulk
