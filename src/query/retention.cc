#include "query/retention.h"

#include <algorithm>

#include "query/activity.h"
#include "query/breakdown_rows.h"
#include "query/failure.h"
#include "query/fields.h"
#include "query/first_times.h"
#include "query/retention_walk.h"

namespace spectrum::query {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

constexpr std::int64_t kMaxPeriods = 366;
constexpr std::size_t kMaxCells = 200'000;

/// The retention that was asked for.
struct Plan {
  RetentionRules rules;
  std::vector<Bucket> buckets;  ///< the cohorts', and those of later periods
  std::size_t cohorts = 0;
  bool is_on_or_after = false;
  BreakdownOptions breakdown;
  const Json* start = nullptr;
  const Json* comeback = nullptr;
};

/// One user in one cohort: the group of the breakdown, the user, and the periods with a return, ascending.
struct Membership {
  std::size_t cohort;
  std::uint32_t group;
  std::int64_t user;
  std::span<const std::uint32_t> periods;
};

Result<bool> choice(const Json& body, std::string_view name, std::string_view usual, std::string_view other) {
  TRY(const auto text, text_member(body, "", name, usual));
  if (text == usual) return false;
  if (text == other) return true;
  return refuse("/" + std::string(name), "must be " + std::string(usual) + " or " + std::string(other));
}

Result<const Json*> selector_member(const Json& body, std::string_view name) {
  const Json* const selector = body.find(name);
  const std::string pointer = "/" + std::string(name);
  if (!selector || selector->is_null()) return refuse(pointer, R"(must be a selector such as {"event":"page_view"})");
  CHECK_OK(check_members(*selector, pointer, {"event", "filters"}));
  return selector;
}

Result<std::size_t> parse_periods(const Json& body) {
  const Json* const periods = body.find("periods");
  if (!periods || periods->is_null()) return std::size_t{8};
  if (!periods->integer() || *periods->integer() < 1 || *periods->integer() > kMaxPeriods) {
    return refuse("/periods", "must be a number from 1 to " + std::to_string(kMaxPeriods));
  }
  return static_cast<std::size_t>(*periods->integer());
}

/// Whether both match the same events.
Result<bool> is_same(const Json& start, const Json& comeback) {
  FilterCompiler one, other;
  TRY(const auto first, one.selector(start, "/start"));
  TRY(const auto second, other.selector(comeback, "/return"));
  return first == second && one.parameters() == other.parameters();
}

Status make_plan_buckets(const Scope& scope, Interval interval, Plan& plan) {
  TRY(const auto cohorts, make_buckets(scope.range, interval));
  plan.cohorts = cohorts.size();
  if (plan.cohorts * plan.rules.periods > kMaxCells) {
    return refuse("/periods", "with this range there would be more than " + std::to_string(kMaxCells) + " cells");
  }
  const auto longest = interval == Interval::day ? hours(25) : interval == Interval::week ? hours(8 * 24) : hours(32 * 24);
  TimeRange range = scope.range;
  range.until += longest * static_cast<std::int64_t>(plan.rules.periods + 1);
  TRY(plan.buckets, make_buckets(range, interval));
  plan.buckets.resize(std::min(plan.buckets.size(), plan.cohorts + plan.rules.periods - 1));
  for (const Bucket& bucket : plan.buckets) plan.rules.starts.push_back(to_micros(bucket.start));
  plan.rules.starts.push_back(to_micros(plan.buckets.back().end));
  return {};
}

Result<Plan> parse(const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "start", "return",
                                    "interval", "periods", "mode", "cohort", "bracket", "breakdown", "top"}));
  Plan plan;
  TRY(plan.start, selector_member(body, "start"));
  TRY(plan.comeback, selector_member(body, "return"));
  TRY(plan.rules.is_same, is_same(*plan.start, *plan.comeback));
  TRY(plan.is_on_or_after, choice(body, "mode", "on", "on_or_after"));
  TRY(const bool is_recurring, choice(body, "cohort", "first_time", "recurring"));
  TRY(plan.rules.is_rolling, choice(body, "bracket", "calendar", "rolling"));
  TRY(plan.rules.periods, parse_periods(body));
  TRY(plan.breakdown, BreakdownOptions::parse(body));
  TRY(const auto interval_text, text_member(body, "", "interval", "day"));
  if (interval_text != "day" && interval_text != "week" && interval_text != "month") {
    return refuse("/interval", "must be day, week or month");
  }
  TRY(const Interval interval, parse_interval(interval_text, "/interval"));
  plan.rules.is_first_time = !is_recurring;
  plan.rules.from = to_micros(scope.range.from);
  plan.rules.until = to_micros(scope.range.until);
  plan.rules.length = microseconds(interval == Interval::day ? days(1) : interval == Interval::week ? days(7) : days(30)).count();
  CHECK_OK(make_plan_buckets(scope, interval, plan));
  return plan;
}

/// Memberships out of activity alone: calendar buckets, a start being a return. Those of `before` are in none.
template <typename Use>
Status read_activity(ports::Warehouse& warehouse, const Scope& scope, const Plan& plan, const ActiveEvents& starts,
                     const FirstTimes::Before& before, const Use& use) {
  // A span is a bucket, or what the range cuts it into.
  std::vector<Timestamp> edges = {scope.range.from};
  std::size_t spans_in_range = 0;
  std::vector<std::size_t> bucket_of_span;
  for (std::size_t i = 0; i < plan.buckets.size(); ++i) {
    const bool is_last = i + 1 == plan.cohorts;
    if (is_last && scope.range.until < plan.buckets[i].end) {
      edges.push_back(scope.range.until);
      bucket_of_span.push_back(i);
    }
    edges.push_back(plan.buckets[i].end);
    bucket_of_span.push_back(i);
    if (is_last) spans_in_range = i + 1;
  }
  TRY(const auto activity, Activity::read(warehouse, scope, std::move(edges), starts));
  std::vector<std::uint32_t> buckets, periods;
  activity.for_each_user([&](std::int64_t user, std::span<const std::uint32_t> spans) {
    if (before.has(user)) return;
    buckets.clear();
    std::size_t cohorts = 0;
    for (const auto span : spans) {
      const auto bucket = static_cast<std::uint32_t>(bucket_of_span[span]);
      if (buckets.empty() || buckets.back() != bucket) buckets.push_back(bucket);
      if (span < spans_in_range) cohorts = buckets.size();
    }
    if (plan.rules.is_first_time) cohorts = std::min<std::size_t>(cohorts, 1);
    for (std::size_t start = 0; start < cohorts; ++start) {
      periods.clear();
      for (std::size_t later = start; later < buckets.size() && buckets[later] < buckets[start] + plan.rules.periods; ++later) {
        periods.push_back(buckets[later] - buckets[start]);
      }
      use(Membership{buckets[start], 0, user, periods});
    }
  });
  return {};
}

/// Memberships out of the events of each user, in their order. Those of `before` are in none.
template <typename Use>
Status walk_events(ports::Warehouse& warehouse, const Scope& scope, const Plan& plan, UserEvents& events,
                   const FirstTimes::Before& before, LabelGroups& shown, const Use& use) {
  const auto rolling_end = scope.range.until + microseconds(plan.rules.length) * static_cast<std::int64_t>(plan.rules.periods);
  events.set_until(plan.rules.is_rolling ? rolling_end : plan.buckets.back().end);
  CHECK_OK(events.add_selector(*plan.start, "/start"));
  CHECK_OK(events.add_selector(*plan.comeback, "/return"));
  RetentionWalk retention(plan.rules);
  return events.read(warehouse, [&](std::span<const Event> of_user) {
    if (before.has(of_user.front().owner)) return;
    retention.walk(of_user, [&](std::size_t cohort, const Event& start, std::span<const std::uint32_t> periods) {
      use(Membership{cohort, shown.of(start.label), start.owner, periods});
    });
  });
}

/// Calls `use` with each membership. `shown` groups the labels of `events`.
template <typename Use>
Status for_each_membership(ports::Warehouse& warehouse, const Scope& scope, const Json& body, const Plan& plan,
                           UserEvents& events, LabelGroups& shown, const Use& use) {
  TRY(const auto starts, ActiveEvents::of(scope, *plan.start, "/start", body.find("filters")));
  FirstTimes::Before before;
  if (plan.rules.is_first_time) {
    TRY(before, active_before(warehouse, scope, starts, scope.range.from));
  }
  const bool is_plain = plan.rules.is_same && !plan.rules.is_rolling && plan.breakdown.properties.empty();
  return is_plain ? read_activity(warehouse, scope, plan, starts, before, use)
                  : walk_events(warehouse, scope, plan, events, before, shown, use);
}

/// The events to walk over, with the texts of the breakdown.
Result<UserEvents> breakdown_events(const Scope& scope, const Json& body, const Plan& plan) {
  TRY(auto events, UserEvents::of(scope, body));
  for (std::size_t i = 0; i < plan.breakdown.properties.size(); ++i) {
    CHECK_OK(events.add_text(plan.breakdown.properties[i], "/breakdown/" + std::to_string(i)));
  }
  return events;
}

/// Sizes and counts of all cohorts, of one group or of several.
struct Counts {
  Counts(std::size_t cohorts, std::size_t periods) : sizes(cohorts), cells(cohorts * periods) {}

  void add(const Counts& other) {
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] += other.sizes[i];
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] += other.cells[i];
  }

  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> cells;  ///< those of a cohort lie together
};

void count(const Plan& plan, const Membership& membership, Counts& counts) {
  ++counts.sizes[membership.cohort];
  if (membership.periods.empty()) return;
  const auto cells = counts.cells.begin() + static_cast<std::ptrdiff_t>(membership.cohort * plan.rules.periods);
  if (plan.is_on_or_after) {
    for (std::uint32_t n = 0; n <= membership.periods.back(); ++n) ++cells[n];
  } else {
    for (const auto n : membership.periods) ++cells[n];
  }
}

bool is_complete(const Plan& plan, const Scope& scope, std::size_t cohort, std::size_t n) {
  if (!plan.rules.is_rolling) return plan.buckets[cohort + n].end <= scope.now;
  return plan.buckets[cohort].end + microseconds(plan.rules.length) * static_cast<std::int64_t>(n + 1) <= scope.now;
}

Retention::Table tabulate(const Plan& plan, const Scope& scope, const Counts& counts) {
  Retention::Table table;
  std::vector<std::int64_t> returned(plan.rules.periods), sizes(plan.rules.periods);
  table.mean.resize(plan.rules.periods);
  for (std::size_t i = 0; i < plan.cohorts; ++i) {
    if (counts.sizes[i] == 0) continue;
    auto& cohort = table.cohorts.emplace_back(Retention::Cohort{plan.buckets[i].label, counts.sizes[i], {}});
    for (std::size_t n = 0; n < plan.rules.periods; ++n) {
      const std::int64_t count = counts.cells[i * plan.rules.periods + n];
      const bool complete = is_complete(plan, scope, i, n);
      cohort.cells.push_back({count, static_cast<double>(count) / static_cast<double>(cohort.size), complete});
      if (!complete) continue;
      returned[n] += count;
      sizes[n] += cohort.size;
      ++table.mean[n].cohorts;
    }
  }
  for (std::size_t n = 0; n < plan.rules.periods; ++n) {
    if (sizes[n] > 0) table.mean[n].rate = static_cast<double>(returned[n]) / static_cast<double>(sizes[n]);
  }
  return table;
}

std::vector<std::int64_t> members_of_groups(const std::vector<Counts>& groups) {
  std::vector<std::int64_t> members;
  for (const Counts& group : groups) {
    std::int64_t sum = 0;
    for (const auto size : group.sizes) sum += size;
    members.push_back(sum);
  }
  return members;
}

struct Selection {
  std::size_t cohort = 0;
  std::optional<std::uint32_t> n;  ///< nothing: all of the cohort
  bool is_lost = false;            ///< those who did not come back then
};

Result<Selection> parse_selection(const Json& select, const Plan& plan) {
  CHECK_OK(check_members(select, "/select", {"cohort", "n", "outcome", "breakdown"}));
  TRY(const auto label, text_member(select, "/select", "cohort", ""));
  Selection selection;
  while (selection.cohort < plan.cohorts && plan.buckets[selection.cohort].label != label) ++selection.cohort;
  if (selection.cohort == plan.cohorts) {
    return refuse("/select/cohort", "must be the start of a cohort, from " + plan.buckets.front().label + " to " +
                                        plan.buckets[plan.cohorts - 1].label);
  }
  if (const Json* const n = select.find("n"); n && !n->is_null()) {
    if (!n->integer() || *n->integer() < 0 || *n->integer() >= static_cast<std::int64_t>(plan.rules.periods)) {
      return refuse("/select/n", "must be a number from 0 to " + std::to_string(plan.rules.periods - 1));
    }
    selection.n = static_cast<std::uint32_t>(*n->integer());
  }
  TRY(const auto outcome, text_member(select, "/select", "outcome", "returned"));
  if (outcome != "returned" && outcome != "lost") return refuse("/select/outcome", "must be returned or lost");
  selection.is_lost = outcome == "lost";
  if (selection.is_lost && !selection.n) return refuse("/select/n", "must say in which period they did not come back");
  return selection;
}

bool came_back(const Plan& plan, std::uint32_t n, const Membership& membership) {
  if (membership.periods.empty()) return false;
  if (plan.is_on_or_after) return membership.periods.back() >= n;
  return std::binary_search(membership.periods.begin(), membership.periods.end(), n);
}

bool is_chosen(const Plan& plan, const Selection& selection, const Membership& membership) {
  if (membership.cohort != selection.cohort) return false;
  return !selection.n || came_back(plan, *selection.n, membership) != selection.is_lost;
}

/// Counts of each group of the breakdown.
Result<std::vector<Counts>> count_groups(ports::Warehouse& warehouse, const Scope& scope, const Json& body, const Plan& plan,
                                         UserEvents& events, LabelGroups& shown) {
  const std::size_t most = scope.memory_bytes / ((plan.cohorts + plan.cohorts * plan.rules.periods) * sizeof(std::int64_t));
  std::vector<Counts> groups;
  bool fits = true;
  CHECK_OK(for_each_membership(warehouse, scope, body, plan, events, shown, [&](const Membership& membership) {
    fits = fits && membership.group < most;
    if (!fits) return;
    while (groups.size() <= membership.group) groups.emplace_back(plan.cohorts, plan.rules.periods);
    count(plan, membership, groups[membership.group]);
  }));
  if (!fits) return too_much(scope.memory_bytes, "break down by a property with fewer values");
  return groups;
}

}  // namespace

Result<Retention> ask_retention(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const auto plan, parse(scope, body));
  TRY(auto events, breakdown_events(scope, body, plan));
  LabelGroups shown(events.labels(), 0, plan.breakdown.properties.size());
  TRY(const auto groups, count_groups(warehouse, scope, body, plan, events, shown));
  Counts all(plan.cohorts, plan.rules.periods);
  for (const Counts& group : groups) all.add(group);
  Retention retention;
  retention.table = tabulate(plan, scope, all);
  if (plan.breakdown.properties.empty()) return retention;

  const auto rows = BreakdownRows::rank(shown, members_of_groups(groups), plan.breakdown.top);
  std::vector<Counts> row_counts(rows.names.size(), Counts(plan.cohorts, plan.rules.periods));
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const auto row = rows.row_of_group[group];
    if (row < row_counts.size()) row_counts[row].add(groups[group]);
  }
  retention.breakdown.emplace();
  for (std::size_t row = 0; row < rows.names.size(); ++row) {
    retention.breakdown->push_back({rows.names[row], rows.other_values(row), tabulate(plan, scope, row_counts[row])});
  }
  return retention;
}

Result<std::vector<std::int64_t>> retention_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                   const Json& select) {
  TRY(const auto plan, parse(scope, body));
  TRY(const auto selection, parse_selection(select, plan));
  TRY(auto events, breakdown_events(scope, body, plan));
  LabelGroups shown(events.labels(), 0, plan.breakdown.properties.size());
  struct Found {
    std::int64_t user;
    std::uint32_t group;
  };
  std::vector<Found> found;
  std::vector<std::int64_t> members;  // of each group
  CHECK_OK(for_each_membership(warehouse, scope, body, plan, events, shown, [&](const Membership& membership) {
    if (membership.group >= members.size()) members.resize(membership.group + 1);
    ++members[membership.group];
    if (is_chosen(plan, selection, membership)) found.push_back({membership.user, membership.group});
  }));
  const auto rows = BreakdownRows::rank(shown, members, plan.breakdown.top);
  std::optional<std::size_t> row;
  if (select.find("breakdown")) {
    TRY(const auto names, breakdown_member(select, plan.breakdown.properties.size()));
    row = rows.find(names);
    if (!row) return std::vector<std::int64_t>();
  }
  std::vector<std::int64_t> users;
  for (const auto& [user, group] : found) {
    if (!row || rows.row_of_group[group] == *row) users.push_back(user);
  }
  std::sort(users.begin(), users.end());
  return users;
}

}  // namespace spectrum::query
