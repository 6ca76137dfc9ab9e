#include "query/paths.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "query/failure.h"
#include "query/fields.h"
#include "query/paths_walk.h"
#include "query/window.h"

namespace spectrum::query {
namespace {

constexpr std::int64_t kMinSteps = 2;
constexpr std::int64_t kMaxSteps = 20;
constexpr std::int64_t kMaxLimit = 10'000;

/// The paths that were asked for.
struct Plan {
  PathsRules rules;
  bool is_by_session = false;
  std::size_t limit = 20;
};

Status parse_anchor(const Json& body, Plan& plan, UserEvents& events) {
  const auto is_given = [&](std::string_view name) { return body.find(name) && !body.find(name)->is_null(); };
  if (is_given("start") && is_given("end")) return refuse("/end", "does not go together with start");
  for (const std::string name : {"start", "end"}) {
    if (!is_given(name)) continue;
    plan.rules.anchor = name == "start" ? PathsRules::Anchor::start : PathsRules::Anchor::end;
    CHECK_OK(check_members(*body.find(name), "/" + name, {"event", "filters"}));
    CHECK_OK(events.add_selector(*body.find(name), "/" + name));
  }
  return {};
}

Status parse_within(const Json& body, Plan& plan) {
  TRY(const auto text, text_member(body, "", "within", "30m"));
  plan.is_by_session = text == "session";
  if (plan.is_by_session) return {};
  const auto gap = parse_window(text);
  if (!gap) return refuse("/within", "must be session, or " + std::string(kWindowShape));
  plan.rules.gap_us = *gap;
  return {};
}

Result<std::size_t> number_member(const Json& body, std::string_view name, std::int64_t lowest, std::int64_t highest,
                                  std::size_t fallback) {
  const Json* const number = body.find(name);
  if (!number || number->is_null()) return fallback;
  if (!number->integer() || *number->integer() < lowest || *number->integer() > highest) {
    return refuse("/" + std::string(name), "must be a number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return static_cast<std::size_t>(*number->integer());
}

Result<Plan> parse(const Json& body, UserEvents& events) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "start", "end", "steps",
                                    "within", "limit"}));
  Plan plan;
  CHECK_OK(parse_anchor(body, plan, events));
  CHECK_OK(parse_within(body, plan));
  TRY(plan.rules.steps, number_member(body, "steps", kMinSteps, kMaxSteps, plan.rules.steps));
  TRY(plan.limit, number_member(body, "limit", 1, kMaxLimit, plan.limit));
  events.with_all_events();
  CHECK_OK(events.add_text("event_type", "/event"));
  if (plan.is_by_session) events.add_session();
  return plan;
}

/// Calls `use` with each visit's sequence.
template <typename Use>
Status for_each_sequence(ports::Warehouse& warehouse, const Plan& plan, UserEvents& events, const Use& use) {
  LabelGroups sessions(events.labels(), 1, events.labels().columns());
  std::vector<Event> sorted;
  return events.read(warehouse, [&](std::span<const Event> of_user) {
    if (!plan.is_by_session) return walk_paths(plan.rules, of_user, use);
    const auto by_session = sort_by_group(of_user, sessions, sorted);
    for (std::size_t first = 0; first < by_session.size();) {
      const auto session = sessions.of(by_session[first].label);
      std::size_t last = first + 1;
      while (last < by_session.size() && sessions.of(by_session[last].label) == session) ++last;
      if (!sessions.lacks_text(session)) walk_paths(plan.rules, by_session.subspan(first, last - first), use);
      first = last;
    }
  });
}

/// Visits and their users. The sequences of one user come together.
struct Tally {
  std::int64_t visits = 0;
  std::int64_t users = 0;
  std::int64_t last_user = 0;

  void add(std::int64_t user) {
    ++visits;
    if (user != last_user) ++users;
    last_user = user;
  }
};

using Sequence = std::vector<std::uint32_t>;

struct SequenceHash {
  std::size_t operator()(const Sequence& sequence) const {
    std::size_t hash = sequence.size();
    for (const auto type : sequence) hash = (hash ^ type) * 0x9E3779B97F4A7C15u ^ hash >> 29;
    return hash;
  }
};

using PathTallies = std::unordered_map<Sequence, Tally, SequenceHash>;
using EdgeTallies = std::map<std::array<std::uint32_t, 3>, Tally>;  // position, from, to

std::vector<Paths::Path> most_frequent(const PathTallies& tallies, const LabelGroups& types, std::size_t limit) {
  std::vector<Paths::Path> paths;
  for (const auto& [sequence, tally] : tallies) {
    auto& path = paths.emplace_back(Paths::Path{{}, tally.visits, tally.users});
    for (const auto type : sequence) path.events.push_back(types.names(type).front());
  }
  const auto last = paths.begin() + static_cast<std::ptrdiff_t>(std::min(limit, paths.size()));
  std::partial_sort(paths.begin(), last, paths.end(), [](const Paths::Path& a, const Paths::Path& b) {
    return a.count != b.count ? a.count > b.count : a.events < b.events;
  });
  paths.erase(last, paths.end());
  return paths;
}

std::vector<Paths::Edge> sorted_edges(const EdgeTallies& tallies, const LabelGroups& types) {
  std::vector<Paths::Edge> edges;
  for (const auto& [key, tally] : tallies) {
    edges.push_back({key[0], types.names(key[1]).front(), types.names(key[2]).front(), tally.visits, tally.users});
  }
  std::sort(edges.begin(), edges.end(), [](const Paths::Edge& a, const Paths::Edge& b) {
    if (a.step != b.step) return a.step < b.step;
    if (a.count != b.count) return a.count > b.count;
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  return edges;
}

/// A path, or an edge at a step counted from 1.
struct Selection {
  std::vector<std::string> path;
  std::size_t step = 0;
  std::string from;
  std::string to;
};

Result<Selection> parse_selection(const Json& select) {
  CHECK_OK(check_members(select, "/select", {"path", "step", "from", "to"}));
  Selection selection;
  if (const Json* const path = select.find("path"); path && path->array()) {
    for (const Json& event : *path->array()) {
      if (!event.string()) return refuse("/select/path", "must be a list of event types");
      selection.path.push_back(*event.string());
    }
    return selection;
  }
  const Json* const step = select.find("step");
  if (!step || !step->integer() || *step->integer() < 1) {
    return refuse("/select", R"(must be {"path":[…]} or {"step":1,"from":…,"to":…})");
  }
  selection.step = static_cast<std::size_t>(*step->integer());
  TRY(selection.from, text_member(select, "/select", "from", ""));
  TRY(selection.to, text_member(select, "/select", "to", ""));
  return selection;
}

}  // namespace

Result<Paths> ask_paths(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(auto events, UserEvents::of(scope, body));
  TRY(const auto plan, parse(body, events));
  LabelGroups types(events.labels(), 0, 1);
  PathTallies paths;
  EdgeTallies edges;
  Sequence sequence;
  CHECK_OK(for_each_sequence(warehouse, plan, events, [&](std::span<const Event> found) {
    sequence.clear();
    for (const Event& event : found) sequence.push_back(types.of(event.label));
    const std::int64_t user = found.front().owner;
    paths[sequence].add(user);
    for (std::uint32_t i = 1; i < sequence.size(); ++i) edges[{i, sequence[i - 1], sequence[i]}].add(user);
  }));
  return Paths{most_frequent(paths, types, plan.limit), sorted_edges(edges, types)};
}

Result<std::vector<std::int64_t>> paths_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                               const Json& select) {
  TRY(auto events, UserEvents::of(scope, body));
  TRY(const auto plan, parse(body, events));
  TRY(const auto selection, parse_selection(select));
  LabelGroups types(events.labels(), 0, 1);
  const auto type = [&](const Event& event) { return types.names(types.of(event.label)).front(); };
  std::vector<std::int64_t> users;
  CHECK_OK(for_each_sequence(warehouse, plan, events, [&](std::span<const Event> found) {
    const std::int64_t user = found.front().owner;
    const bool is_chosen =
        selection.step == 0
            ? std::equal(found.begin(), found.end(), selection.path.begin(), selection.path.end(),
                         [&](const Event& event, const std::string& name) { return type(event) == name; })
            : selection.step < found.size() && type(found[selection.step - 1]) == selection.from && type(found[selection.step]) == selection.to;
    if (is_chosen && (users.empty() || users.back() != user)) users.push_back(user);
  }));
  std::sort(users.begin(), users.end());
  return users;
}

}  // namespace spectrum::query
