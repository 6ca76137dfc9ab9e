#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time_zone.h"

/// Answers to questions by plain loops over a list of events, written from the definitions of docs/questions.md. Slow,
/// and with nothing in common with the code that answers them from a warehouse.
namespace spectrum::naive {

struct Event {
  std::string user;
  std::string type;
  std::int64_t at = 0;   ///< microseconds
  std::int64_t seq = 0;
  std::map<std::string, std::string> properties;  ///< session_id among them; those that are absent are not there

  std::optional<std::string> property(const std::string& name) const {
    if (name == "event_type") return type;
    const auto found = properties.find(name);
    return found == properties.end() ? std::nullopt : std::optional(found->second);
  }
};

struct Filter {
  std::string property;
  std::string op;  ///< eq, ne, exists
  std::string value;

  bool holds(const Event& event) const {
    const auto text = event.property(property);
    if (op == "exists") return text.has_value();
    if (op == "ne") return text != value;
    return text == value;
  }
};

inline bool all_hold(const std::vector<Filter>& filters, const Event& event) {
  return std::all_of(filters.begin(), filters.end(), [&](const Filter& filter) { return filter.holds(event); });
}

struct Selector {
  std::string type = "*";
  std::vector<Filter> filters;

  bool matches(const Event& event) const { return (type == "*" || type == event.type) && all_hold(filters, event); }
  bool operator==(const Selector& other) const {
    const auto same = [](const Filter& a, const Filter& b) { return a.property == b.property && a.op == b.op && a.value == b.value; };
    return type == other.type && std::equal(filters.begin(), filters.end(), other.filters.begin(), other.filters.end(), same);
  }
};

/// What all questions have in common.
struct Asked {
  std::vector<Event> events;  ///< those that exist for it, by (time, position)
  std::int64_t from = 0;      ///< [from, until)
  std::int64_t until = 0;
  std::int64_t now = 0;
  std::string zone;

  bool is_in_range(const Event& event) const { return event.at >= from && event.at < until; }
  /// The events of each user.
  std::map<std::string, std::vector<Event>> by_user() const {
    std::map<std::string, std::vector<Event>> users;
    for (const Event& event : events) users[event.user].push_back(event);
    return users;
  }
};

/// Days, weeks (from Monday) and months of a zone's calendar, each named by its first day.
class Calendar {
 public:
  Calendar(const std::string& zone, std::string interval) : zone_(TimeZone::find(zone).value()), interval_(std::move(interval)) {}

  std::chrono::sys_days bucket_of(std::int64_t at) const {
    const auto local = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(zone_.to_local(from_micros(at)).micros));
    const auto day = std::chrono::floor<std::chrono::days>(local);
    if (interval_ == "week") return day - (std::chrono::weekday(day) - std::chrono::Monday);
    const std::chrono::year_month_day date(day);
    return interval_ == "month" ? std::chrono::sys_days(date.year() / date.month() / 1) : day;
  }
  std::chrono::sys_days next(std::chrono::sys_days bucket, int n = 1) const {
    if (interval_ == "day") return bucket + std::chrono::days(n);
    if (interval_ == "week") return bucket + std::chrono::days(7 * n);
    return std::chrono::sys_days(std::chrono::year_month_day(bucket) + std::chrono::months(n));
  }
  std::int64_t start_of(std::chrono::sys_days bucket) const {
    const auto midnight = std::chrono::sys_time<std::chrono::microseconds>(bucket).time_since_epoch().count();
    return to_micros(zone_.to_instant({midnight}));
  }
  static std::string label(std::chrono::sys_days bucket) { return format_date(bucket); }
  /// Those that a range touches.
  std::vector<std::chrono::sys_days> buckets(std::int64_t from, std::int64_t until) const {
    std::vector<std::chrono::sys_days> buckets;
    for (auto bucket = bucket_of(from); start_of(bucket) < until; bucket = next(bucket)) buckets.push_back(bucket);
    return buckets;
  }

 private:
  TimeZone zone_;
  std::string interval_;
};

/// The values of a breakdown: `$none` for what is absent.
inline std::vector<std::string> values_of(const Event* event, const std::vector<std::string>& properties) {
  std::vector<std::string> values;
  for (const auto& property : properties) values.push_back(event ? event->property(property).value_or("$none") : "$none");
  return values;
}

/// For each combination of values the name of its row: itself if it is one of the `top` largest, else `$other`.
inline std::map<std::vector<std::string>, std::vector<std::string>> rows_of(const std::map<std::vector<std::string>, std::int64_t>& sizes,
                                                                         std::size_t top) {
  std::vector<std::pair<std::int64_t, std::vector<std::string>>> order;
  for (const auto& [values, size] : sizes) order.emplace_back(-size, values);
  std::sort(order.begin(), order.end());
  std::map<std::vector<std::string>, std::vector<std::string>> rows;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& values = order[i].second;
    rows[values] = i < top ? values : std::vector<std::string>(values.size(), "$other");
  }
  return rows;
}

}  // namespace spectrum::naive
