#include "query/funnel.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "query/breakdown_rows.h"
#include "query/failure.h"
#include "query/fields.h"
#include "query/funnel_walk.h"
#include "query/window.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxExclusions = 10;
constexpr std::size_t kMaxHeld = 3;
constexpr double kMicrosPerSecond = 1e6;

/// Which of an attempt's events has its breakdown value.
struct Attribution {
  enum class Of { first, last, step } of = Of::first;
  std::size_t step = 0;  ///< counted from 0
};

/// A funnel as it was asked for.
struct Plan {
  std::vector<std::string> names;
  FunnelRules rules;
  std::size_t held = 0;  ///< so many columns of labels have to stay the same in an attempt
  BreakdownOptions breakdown;
  Attribution attribution;
  bool counts_sessions = false;
};

Result<FunnelRules::Order> parse_order(const Json& body) {
  TRY(const auto text, text_member(body, "", "order", "ordered"));
  if (text == "ordered") return FunnelRules::Order::ordered;
  if (text == "strict") return FunnelRules::Order::strict;
  if (text == "any") return FunnelRules::Order::any;
  return refuse("/order", "must be ordered, strict or any");
}

Status parse_steps(const Json& body, Plan& plan, UserEvents& events) {
  const Json* const steps = body.find("steps");
  if (!steps || !steps->array() || steps->array()->size() < 2 || steps->array()->size() > kMaxSteps) {
    return refuse("/steps", "must be a list of 2 to " + std::to_string(kMaxSteps) + R"( steps, such as [{"event":"page_view"},{"event":"purchase"}])");
  }
  for (std::size_t i = 0; i < steps->array()->size(); ++i) {
    const Json& step = (*steps->array())[i];
    const std::string pointer = "/steps/" + std::to_string(i);
    CHECK_OK(check_members(step, pointer, {"event", "filters", "name"}));
    TRY(const auto event, text_member(step, pointer, "event", "*"));
    TRY(auto name, text_member(step, pointer, "name", event));
    TRY(const auto bit, events.add_selector(step, pointer));
    SPECTRUM_ASSERT(bit == i, "the first bits of an event are those of the steps");
    plan.names.push_back(std::move(name));
  }
  plan.rules.steps = plan.names.size();
  return {};
}

/// `[i, j]` with 1 ≤ i < j ≤ steps.
Result<std::pair<std::size_t, std::size_t>> parse_between(const Json& exclusion, const std::string& pointer, std::size_t steps) {
  const Json* const between = exclusion.find("between");
  if (between && between->array() && between->array()->size() == 2) {
    const auto* const from = (*between->array())[0].integer();
    const auto* const to = (*between->array())[1].integer();
    if (from && to && *from >= 1 && *from < *to && *to <= static_cast<std::int64_t>(steps)) {
      return std::pair{static_cast<std::size_t>(*from), static_cast<std::size_t>(*to)};
    }
  }
  return refuse(pointer + "/between", "must be two steps [i, j] with 1 <= i < j <= " + std::to_string(steps));
}

Status parse_exclusions(const Json& body, Plan& plan, UserEvents& events) {
  const Json* const list = body.find("exclude");
  if (!list || list->is_null()) return {};
  if (!list->array() || list->array()->size() > kMaxExclusions) {
    return refuse("/exclude", "must be a list of at most " + std::to_string(kMaxExclusions) + " exclusions");
  }
  if (!list->array()->empty() && plan.rules.order != FunnelRules::Order::ordered) {
    return refuse("/exclude", "goes with the order 'ordered' only");
  }
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const Json& exclusion = (*list->array())[i];
    const std::string pointer = "/exclude/" + std::to_string(i);
    CHECK_OK(check_members(exclusion, pointer, {"event", "filters", "between"}));
    TRY(const auto between, parse_between(exclusion, pointer, plan.rules.steps));
    TRY(const auto bit, events.add_selector(exclusion, pointer));
    plan.rules.exclusions.push_back({1u << bit, between.first, between.second});
  }
  return {};
}

Status parse_hold(const Json& body, Plan& plan, UserEvents& events) {
  const Json* const list = body.find("hold");
  if (!list || list->is_null()) return {};
  const std::string shape = "must be a list of at most " + std::to_string(kMaxHeld) + " properties, such as [\"product.sku\"]";
  if (!list->array() || list->array()->size() > kMaxHeld) return refuse("/hold", shape);
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const auto* const property = (*list->array())[i].string();
    if (!property) return refuse("/hold", shape);
    CHECK_OK(events.add_text(*property, "/hold/" + std::to_string(i)));
    ++plan.held;
  }
  return {};
}

Status parse_attribution(const Json& body, Plan& plan) {
  TRY(const auto text, text_member(body, "", "attribution", "first"));
  if (text == "first") return {};
  if (text == "last") {
    plan.attribution.of = Attribution::Of::last;
    return {};
  }
  constexpr std::string_view kStep = "step:";
  std::size_t step = 0;
  if (text.starts_with(kStep)) {
    const auto [end, code] = std::from_chars(text.data() + kStep.size(), text.data() + text.size(), step);
    if (code == std::errc() && end == text.data() + text.size() && step >= 1 && step <= plan.rules.steps) {
      plan.attribution = {Attribution::Of::step, step - 1};
      return {};
    }
  }
  return refuse("/attribution", "must be first, last or step:N with N from 1 to " + std::to_string(plan.rules.steps));
}

Status parse_count(const Json& body, Plan& plan, UserEvents& events) {
  TRY(const auto count, text_member(body, "", "count", "users"));
  if (count != "users" && count != "sessions") return refuse("/count", "must be users or sessions");
  plan.counts_sessions = count == "sessions";
  if (plan.counts_sessions) events.by_session();
  return {};
}

Status parse_window_member(const Json& body, Plan& plan) {
  TRY(const auto text, text_member(body, "", "window", "7d"));
  const auto window = parse_window(text);
  if (!window) return refuse("/window", "must be " + std::string(kWindowShape));
  plan.rules.window_us = *window;
  return {};
}

Result<Plan> parse(const Scope& scope, const Json& body, UserEvents& events) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "steps", "window",
                                    "order", "exclude", "hold", "breakdown", "top", "attribution", "count"}));
  Plan plan;
  TRY(plan.rules.order, parse_order(body));
  CHECK_OK(parse_window_member(body, plan));
  plan.rules.starts_before_us = to_micros(scope.range.until);
  CHECK_OK(parse_steps(body, plan, events));
  CHECK_OK(parse_exclusions(body, plan, events));
  CHECK_OK(parse_hold(body, plan, events));
  TRY(plan.breakdown, BreakdownOptions::parse(body));
  for (std::size_t i = 0; i < plan.breakdown.properties.size(); ++i) {
    CHECK_OK(events.add_text(plan.breakdown.properties[i], "/breakdown/" + std::to_string(i)));
  }
  CHECK_OK(parse_attribution(body, plan));
  CHECK_OK(parse_count(body, plan, events));
  // The last event of an attempt may be as late as its window lets it.
  events.set_until(scope.range.until + std::chrono::microseconds(plan.rules.window_us + 1));
  if (plan.rules.order == FunnelRules::Order::strict) events.with_all_events();
  return plan;
}

/// Times between two steps, of one user after the other.
using Gaps = std::vector<std::int64_t>;

/// The attempts by which users count: there may be millions.
struct Outcomes {
  struct One {
    std::int64_t user;  ///< or the session
    std::uint32_t label;
    std::uint32_t group;
    std::uint32_t depth;
  };
  std::vector<One> all;
  std::vector<Gaps> gaps_us;  ///< of each step: from the one before it, of those who reached it

  /// Calls `use(outcome, step, gap)` for each step behind the first of each.
  template <typename Use>
  void for_each_gap(const Use& use) const {
    std::vector<std::size_t> next(gaps_us.size());
    for (const One& one : all) {
      for (std::size_t step = 1; step < one.depth; ++step) use(one, step, gaps_us[step][next[step]++]);
    }
  }
};

/// Calls `use` with each run of events of one group that lacks no text: nothing else lies between two steps in strict
/// order, so that an event of another group ends an attempt.
template <typename Use>
void for_each_run(std::span<const Event> events, LabelGroups& held, const Use& use) {
  for (std::size_t first = 0; first < events.size();) {
    const auto group = held.of(events[first].label);
    std::size_t last = first + 1;
    while (last < events.size() && held.of(events[last].label) == group) ++last;
    if (!held.lacks_text(group)) use(events.subspan(first, last - first));
    first = last;
  }
}

std::uint32_t group_of(const Attempt& attempt, const Attribution& attribution, LabelGroups& shown) {
  switch (attribution.of) {
    case Attribution::Of::first: return shown.of(attempt.events[0]->label);
    case Attribution::Of::last: return shown.of(attempt.events[attempt.depth - 1]->label);
    case Attribution::Of::step:
      for (std::size_t i = 0; i < attempt.depth; ++i) {
        if (attempt.steps[i] == attribution.step) return shown.of(attempt.events[i]->label);
      }
  }
  return 0;
}

Result<Outcomes> walk(ports::Warehouse& warehouse, const Plan& plan, UserEvents& events, LabelGroups& shown) {
  Outcomes outcomes;
  outcomes.gaps_us.resize(plan.rules.steps);
  FunnelWalk funnel(plan.rules);
  LabelGroups held(events.labels(), 0, plan.held);
  std::vector<Event> sorted;
  const auto keep = [&](const Attempt& attempt) {
    if (attempt.depth == 0) return;
    const Event& first = *attempt.events[0];
    outcomes.all.push_back({first.owner, first.label, group_of(attempt, plan.attribution, shown),
                            static_cast<std::uint32_t>(attempt.depth)});
    for (std::size_t i = 1; i < attempt.depth; ++i) {
      outcomes.gaps_us[i].push_back(attempt.events[i]->at - attempt.events[i - 1]->at);
    }
  };
  CHECK_OK(events.read(warehouse, [&](std::span<const Event> of_user) {
    if (plan.held == 0) return keep(funnel.walk(of_user));
    Attempt best;
    const auto try_run = [&](std::span<const Event> run) {
      if (const Attempt& attempt = funnel.walk(run); counts_before(attempt, best)) best = attempt;
    };
    if (plan.rules.order == FunnelRules::Order::strict) {
      for_each_run(of_user, held, try_run);
    } else {
      for_each_run(sort_by_group(of_user, held, sorted), held, try_run);
    }
    keep(best);
  }));
  return outcomes;
}

/// Interpolates linearly between neighbours; changes the order of `values`. Those before `sorted_below` are its smallest
/// already; it becomes the place of the percentile, so that a higher one looks at less.
std::optional<double> percentile(std::vector<std::int64_t>& values, double share, std::size_t& sorted_below) {
  if (values.empty()) return std::nullopt;
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto lower = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin() + static_cast<std::ptrdiff_t>(sorted_below), lower, values.end());
  sorted_below = below;
  if (below + 1 == values.size()) return static_cast<double>(*lower);
  const auto upper = *std::min_element(lower + 1, values.end());
  return static_cast<double>(*lower) + (place - static_cast<double>(below)) * static_cast<double>(upper - *lower);
}

std::optional<double> share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// The steps of so many who began.
std::vector<Funnel::Step> summarize(const Plan& plan, std::size_t began, std::vector<Gaps> gaps_us) {
  std::vector<Funnel::Step> steps(plan.rules.steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].name = plan.names[i];
    steps[i].count = static_cast<std::int64_t>(i == 0 ? began : gaps_us[i].size());
    if (i == 0) {
      steps[i].of_first = 1;
      continue;
    }
    steps[i].of_first = share(steps[i].count, steps[0].count);
    steps[i].of_previous = share(steps[i].count, steps[i - 1].count);
    steps[i].dropped = steps[i - 1].count - steps[i].count;
    if (plan.rules.order == FunnelRules::Order::any) continue;
    const auto in_seconds = [](std::optional<double> micros) { return micros ? std::optional(*micros / kMicrosPerSecond) : micros; };
    std::size_t sorted_below = 0;
    steps[i].median_s = in_seconds(percentile(gaps_us[i], 0.5, sorted_below));
    steps[i].p90_s = in_seconds(percentile(gaps_us[i], 0.9, sorted_below));
  }
  return steps;
}

std::vector<Funnel::Bin> histogram(const Plan& plan, const Outcomes& outcomes) {
  constexpr double kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  const double window = static_cast<double>(plan.rules.window_us) / kMicrosPerSecond;
  std::vector<Funnel::Bin> bins;
  for (const double edge : {0.0, 10.0, kMinute, 10 * kMinute, kHour, 6 * kHour, kDay, 3 * kDay, 7 * kDay, 30 * kDay}) {
    if (edge >= window) break;
    if (!bins.empty()) bins.back().to_s = edge;
    bins.push_back({edge, window, 0});
  }
  std::int64_t whole = 0;
  outcomes.for_each_gap([&](const Outcomes::One& outcome, std::size_t step, std::int64_t gap_us) {
    whole = (step == 1 ? 0 : whole) + gap_us;
    if (outcome.depth < plan.rules.steps || step + 1 < plan.rules.steps) return;
    const double seconds = static_cast<double>(whole) / kMicrosPerSecond;
    const auto bin = std::find_if(bins.rbegin(), bins.rend(), [&](const auto& one) { return one.from_s <= seconds; });
    ++bin->count;
  });
  return bins;
}

std::vector<std::int64_t> entries(const Outcomes& outcomes, const LabelGroups& shown) {
  std::vector<std::int64_t> sizes(shown.size());
  for (const auto& outcome : outcomes.all) ++sizes[outcome.group];
  return sizes;
}

std::vector<Funnel::Row> break_down(const Plan& plan, const Outcomes& outcomes, const LabelGroups& shown) {
  const auto rows = BreakdownRows::rank(shown, entries(outcomes, shown), plan.breakdown.top);
  std::vector<std::size_t> began(rows.names.size());
  std::vector<std::vector<Gaps>> gaps_us(rows.names.size(), std::vector<Gaps>(plan.rules.steps));
  for (const auto& outcome : outcomes.all) ++began[rows.row_of_group[outcome.group]];
  outcomes.for_each_gap([&](const Outcomes::One& outcome, std::size_t step, std::int64_t gap_us_of_step) {
    gaps_us[rows.row_of_group[outcome.group]][step].push_back(gap_us_of_step);
  });
  std::vector<Funnel::Row> breakdown;
  for (std::size_t row = 0; row < rows.names.size(); ++row) {
    breakdown.push_back({rows.names[row], rows.other_values(row), summarize(plan, began[row], std::move(gaps_us[row]))});
  }
  return breakdown;
}

struct Selection {
  std::size_t depth = 0;     ///< users of at least this depth …
  bool dropped_there = false;  ///< … or of this depth alone
};

Result<Selection> parse_selection(const Json& select, const Plan& plan) {
  CHECK_OK(check_members(select, "/select", {"step", "outcome", "breakdown"}));
  const Json* const step = select.find("step");
  if (!step || !step->integer() || *step->integer() < 1 || *step->integer() > static_cast<std::int64_t>(plan.rules.steps)) {
    return refuse("/select/step", "must be a step from 1 to " + std::to_string(plan.rules.steps));
  }
  const auto number = static_cast<std::size_t>(*step->integer());
  TRY(const auto outcome, text_member(select, "/select", "outcome", "reached"));
  if (outcome == "reached") return Selection{number, false};
  if (outcome == "dropped") return Selection{number - 1, true};
  return refuse("/select/outcome", "must be reached or dropped");
}

/// The users behind sessions are written in the last column of their labels.
Result<std::int64_t> user_behind(const Labels& labels, std::uint32_t label) {
  const std::string& text = labels.text(labels.texts_of(label).back());
  std::int64_t user = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), user);
  if (code != std::errc() || end != text.data() + text.size()) return internal("a user's number is " + text);
  return user;
}

}  // namespace

Result<Funnel> ask_funnel(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(auto events, UserEvents::of(scope, body));
  TRY(const auto plan, parse(scope, body, events));
  LabelGroups shown(events.labels(), plan.held, plan.held + plan.breakdown.properties.size());
  TRY(auto outcomes, walk(warehouse, plan, events, shown));
  Funnel funnel;
  funnel.histogram = histogram(plan, outcomes);
  if (!plan.breakdown.properties.empty()) funnel.breakdown = break_down(plan, outcomes, shown);
  funnel.steps = summarize(plan, outcomes.all.size(), std::move(outcomes.gaps_us));
  return funnel;
}

Result<std::vector<std::int64_t>> funnel_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                const Json& select) {
  TRY(auto events, UserEvents::of(scope, body));
  TRY(const auto plan, parse(scope, body, events));
  TRY(const auto selection, parse_selection(select, plan));
  if (plan.counts_sessions) events.add_user();
  LabelGroups shown(events.labels(), plan.held, plan.held + plan.breakdown.properties.size());
  TRY(const auto outcomes, walk(warehouse, plan, events, shown));
  const auto rows = BreakdownRows::rank(shown, entries(outcomes, shown), plan.breakdown.top);
  std::optional<std::size_t> row;
  if (select.find("breakdown")) {
    TRY(const auto names, breakdown_member(select, plan.breakdown.properties.size()));
    row = rows.find(names);
    if (!row) return std::vector<std::int64_t>();
  }
  std::vector<std::int64_t> users;
  for (const auto& outcome : outcomes.all) {
    if (row && rows.row_of_group[outcome.group] != *row) continue;
    if (selection.dropped_there ? outcome.depth != selection.depth : outcome.depth < selection.depth) continue;
    std::int64_t user = outcome.user;
    if (plan.counts_sessions) {
      TRY(user, user_behind(events.labels(), outcome.label));
    }
    users.push_back(user);
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return users;
}

}  // namespace spectrum::query
