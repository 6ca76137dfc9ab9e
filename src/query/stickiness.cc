#include "query/stickiness.h"

#include <algorithm>

#include "query/activity.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {
namespace {

/// In which intervals of the range each user was active.
Result<Activity> read_intervals(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "event", "interval"}));
  TRY(const auto text, text_member(body, "", "interval", "day"));
  TRY(const auto interval, parse_interval(text, "/interval"));
  TRY(const auto buckets, make_buckets(scope.range, interval));
  std::vector<Timestamp> edges = {scope.range.from};
  for (std::size_t i = 1; i < buckets.size(); ++i) edges.push_back(buckets[i].start);
  edges.push_back(scope.range.until);
  TRY(const auto events, ActiveEvents::of(scope, body, ""));
  return Activity::read(warehouse, scope, std::move(edges), events);
}

}  // namespace

Result<Stickiness> ask_stickiness(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const auto activity, read_intervals(warehouse, scope, body));
  Stickiness stickiness{std::vector<std::int64_t>(activity.spans())};
  activity.for_each_user([&](std::int64_t, std::span<const std::uint32_t> spans) { ++stickiness.users[spans.size() - 1]; });
  return stickiness;
}

Result<std::vector<std::int64_t>> stickiness_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                    const Json& select) {
  CHECK_OK(check_members(select, "/select", {"units"}));
  TRY(const auto activity, read_intervals(warehouse, scope, body));
  const Json* const units = select.find("units");
  if (!units || !units->integer() || *units->integer() < 1 || *units->integer() > static_cast<std::int64_t>(activity.spans())) {
    return refuse("/select/units", "must be a number from 1 to " + std::to_string(activity.spans()));
  }
  std::vector<std::int64_t> users;
  activity.for_each_user([&](std::int64_t user, std::span<const std::uint32_t> spans) {
    if (static_cast<std::int64_t>(spans.size()) == *units->integer()) users.push_back(user);
  });
  return users;
}

}  // namespace spectrum::query
