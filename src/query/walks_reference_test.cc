// Funnels, retention, paths, lifecycle and stickiness against plain loops over the same random events. REFERENCE_CASES
// says how many questions are asked in all.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "base/json_text.h"
#include "query/first_times.h"
#include "query/sequences.h"
#include "query/funnel.h"
#include "query/lifecycle.h"
#include "query/paths.h"
#include "query/retention.h"
#include "query/stickiness.h"
#include "tests/support/naive_activity.h"
#include "tests/support/naive_funnel.h"
#include "tests/support/naive_paths.h"
#include "tests/support/naive_retention.h"
#include "tests/support/random_history.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

constexpr int kSeeds = 4;
constexpr int kQuestionsPerHistory = 50;
constexpr int kQuestionsPerArrival = 10;
constexpr std::uint64_t kLittleMemory = 40'000;  ///< so that events are read in parts

int cases(double share) {
  const char* const wanted = std::getenv("REFERENCE_CASES");
  return static_cast<int>((wanted ? std::atof(wanted) : 20'000) * share) / kSeeds;
}

void write(JsonWriter& json, const Json& value) {
  if (const auto* const members = value.object()) {
    json.begin_object();
    for (const auto& [name, member] : *members) {
      json.key(name);
      write(json, member);
    }
    json.end_object();
  } else if (const auto* const values = value.array()) {
    json.begin_array();
    for (const auto& one : *values) write(json, one);
    json.end_array();
  } else if (value.string()) {
    json.string(*value.string());
  } else {
    value.integer() ? json.integer(*value.integer()) : json.null();
  }
}

std::string text(const Json& value) {
  JsonWriter json;
  write(json, value);
  return json.take();
}

std::string text(const std::optional<double>& number) {
  std::ostringstream out;
  out.precision(14);  // more than times of ten million seconds have, in tenths of microseconds
  number ? out << *number : out << "null";
  return out.str();
}

std::string text(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += "|" + name;
  return text;
}

template <typename Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) text += name + " ";
  return text;
}

Json filters_json(const std::vector<naive::Filter>& filters) {
  Json::Array list;
  for (const auto& filter : filters) {
    Json::Object one{{"property", Json(filter.property)}, {"op", Json(filter.op)}};
    if (filter.op != "exists") one.emplace_back("value", Json(filter.value));
    list.push_back(Json(std::move(one)));
  }
  return Json(std::move(list));
}

Json::Object selector_json(const naive::Selector& selector) {
  Json::Object json{{"event", Json(selector.type)}};
  if (!selector.filters.empty()) json.emplace_back("filters", filters_json(selector.filters));
  return json;
}

Json texts_json(const std::vector<std::string>& texts) {
  Json::Array list;
  for (const auto& one : texts) list.push_back(Json(one));
  return Json(std::move(list));
}

Json number(std::size_t value) { return Json(static_cast<std::int64_t>(value)); }

/// A history, and everything that a question about it needs.
class WalksReferenceTest : public testing::TestWithParam<int> {
 protected:
  /// Asks `share` of all questions: `ask(history)` of many histories.
  template <typename Ask>
  void for_each_case(double share, Ask ask) {
    const int count = cases(share);
    std::unique_ptr<RandomHistory> history;
    for (int i = 0; i < count && !HasFatalFailure(); ++i) {
      if (i % kQuestionsPerHistory == 0) {
        history = std::make_unique<RandomHistory>(random_, ++projects_);
        load(*history, 5 + history->pick(60));
      } else if (i % kQuestionsPerArrival == 0) {
        load(*history, 1 + history->pick(6));
      }
      SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", case " + std::to_string(i));
      ask(*history);
    }
  }

  void load(RandomHistory& history, int events) {
    history.load(*warehouse_, events, position_);
    position_ += static_cast<model::Position>(events);
  }
  /// A scope that mostly remembers what earlier questions found.
  Scope scope(RandomHistory& history) {
    auto scope = history.scope();
    if (history.pick(4) > 0) scope.first_times = &first_times_;
    if (history.pick(4) > 0) scope.sequences = history.pick(4) > 0 ? &sequences_ : &few_sequences_;
    return scope;
  }

  /// The names of users that an engine chose, in order.
  static std::string names(const RandomHistory& history, const Result<std::vector<std::int64_t>>& users) {
    if (!users.ok()) return users.error().message;
    std::set<std::string> names;
    for (const auto user : *users) names.insert(history.name(user));
    EXPECT_EQ(names.size(), users->size());
    EXPECT_TRUE(std::is_sorted(users->begin(), users->end()));
    return joined(names);
  }

  std::mt19937 random_{static_cast<unsigned>(GetParam())};
  TempDir folder_;
  std::unique_ptr<ports::Warehouse> warehouse_ =
      open_recorded_warehouse(folder_ / "w.duckdb", {.memory_limit_bytes = 1ull << 30, .threads = 1, .temp_directory = ""});
  FirstTimes first_times_{*warehouse_, 20'000};  // of some tens of conditions
  Sequences sequences_{*warehouse_, 20'000}, few_sequences_{*warehouse_, 1000};
  model::ProjectId projects_ = 0;
  model::Position position_ = 0;
};

template <typename Step>
std::string steps_text(const std::vector<Step>& steps) {
  std::string text_of_steps;
  for (const auto& step : steps) {
    text_of_steps += " " + std::to_string(step.count) + "/" + std::to_string(step.dropped) + "/" + text(step.of_first) + "/" +
                     text(step.of_previous) + "/" + text(step.median_s) + "/" + text(step.p90_s);
  }
  return text_of_steps + "\n";
}

naive::FunnelQuestion random_funnel(RandomHistory& history) {
  naive::FunnelQuestion question;
  const int steps = 2 + history.pick(history.pick(4) == 0 ? 6 : 2);
  for (int i = 0; i < steps; ++i) question.steps.push_back(history.selector());
  question.window = history.window() * 1'000'000;
  static const char* const kOrders[] = {"ordered", "ordered", "strict", "any"};
  question.order = kOrders[history.pick(4)];
  while (question.order == "ordered" && history.pick(3) == 0 && question.exclusions.size() < 3) {
    const int from = 1 + history.pick(steps - 1);
    const int to = from + 1 + history.pick(steps - from);
    question.exclusions.push_back({history.selector(), static_cast<std::size_t>(from), static_cast<std::size_t>(to)});
  }
  if (history.pick(3) == 0) question.hold = history.properties(2);
  if (history.pick(3) == 0) question.breakdown = history.properties(2);
  question.top = 1 + static_cast<std::size_t>(history.pick(4));
  const int attribution = history.pick(3);
  question.attribution = attribution == 0 ? "first" : attribution == 1 ? "last" : "step:" + std::to_string(1 + history.pick(steps));
  question.counts_sessions = history.pick(4) == 0;
  return question;
}

Json funnel_json(const naive::FunnelQuestion& question, const std::vector<naive::Filter>& filters) {
  Json::Array steps, exclude;
  for (const auto& step : question.steps) steps.push_back(Json(selector_json(step)));
  for (const auto& exclusion : question.exclusions) {
    auto json = selector_json(exclusion.selector);
    json.emplace_back("between", Json(Json::Array{number(exclusion.from), number(exclusion.to)}));
    exclude.push_back(Json(std::move(json)));
  }
  Json::Object body{{"steps", Json(std::move(steps))},
                    {"window", Json(std::to_string(question.window / 1'000'000) + "s")},
                    {"order", Json(question.order)},
                    {"exclude", Json(std::move(exclude))},
                    {"hold", texts_json(question.hold)},
                    {"top", number(question.top)},
                    {"attribution", Json(question.attribution)},
                    {"count", Json(std::string(question.counts_sessions ? "sessions" : "users"))},
                    {"filters", filters_json(filters)}};
  if (!question.breakdown.empty()) body.emplace_back("breakdown", texts_json(question.breakdown));
  return Json(std::move(body));
}

TEST_P(WalksReferenceTest, FunnelsAreThoseOfTheLoops) {
  for_each_case(0.5, [&](RandomHistory& history) {
    const auto question = random_funnel(history);
    const auto filters = history.filters();
    auto scope = history.scope();
    if (history.pick(6) == 0) scope.memory_bytes = kLittleMemory;
    const auto asked = history.asked(scope, filters);
    const auto body = funnel_json(question, filters);
    const auto wanted = naive::NaiveFunnel(asked, question).answer();
    const auto answer = ask_funnel(*warehouse_, scope, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message << "\n" << text(body);
    std::string got_text = steps_text(answer->steps), wanted_text = steps_text(wanted.steps);
    for (const auto& bin : answer->histogram) got_text += " " + std::to_string(bin.count);
    for (const auto count : wanted.histogram) wanted_text += " " + std::to_string(count);
    if (answer->breakdown) {
      for (const auto& row : *answer->breakdown) got_text += "\n" + text(row.breakdown) + steps_text(row.steps);
    }
    for (const auto& [row, steps] : wanted.rows) wanted_text += "\n" + text(row) + steps_text(steps);
    ASSERT_EQ(got_text, wanted_text) << text(body);

    const auto step = 1 + static_cast<std::size_t>(history.pick(static_cast<int>(question.steps.size())));
    const bool dropped = history.pick(2) == 0;
    Json::Object select{{"step", number(step)}, {"outcome", Json(std::string(dropped ? "dropped" : "reached"))}};
    std::vector<std::string> row;
    if (!wanted.rows.empty() && history.pick(2) == 0) {
      row = wanted.rows[static_cast<std::size_t>(history.pick(static_cast<int>(wanted.rows.size())))].first;
      select.emplace_back("breakdown", texts_json(row));
    }
    std::set<std::string> people;
    for (const auto& [owner, one] : wanted.tries) {
      const bool is_chosen = dropped ? one.events.size() + 1 == step : one.events.size() >= step;
      if (is_chosen && (row.empty() || wanted.row_of_owner.at(owner) == row)) people.insert(one.events.front().user);
    }
    ASSERT_EQ(names(history, funnel_actors(*warehouse_, scope, body, Json(select))), joined(people)) << text(body) << text(Json(select));
  });
}

std::string table_text(const Retention::Table& table) {
  std::string lines;
  for (const auto& cohort : table.cohorts) {
    lines += cohort.start + " " + std::to_string(cohort.size) + ":";
    for (const auto& cell : cohort.cells) {
      lines += " " + std::to_string(cell.count) + "/" + text(std::optional(cell.rate)) + (cell.is_complete ? "y" : "n");
    }
    lines += "\n";
  }
  for (const auto& mean : table.mean) lines += " " + text(mean.rate) + "/" + std::to_string(mean.cohorts);
  return lines + "\n";
}

std::string table_text(const std::vector<naive::Member>& members, const naive::NaiveRetention& retention, int periods) {
  std::map<std::chrono::sys_days, std::vector<std::int64_t>> counts;
  std::map<std::chrono::sys_days, std::int64_t> sizes;
  for (const auto& member : members) {
    ++sizes[member.cohort];
    counts[member.cohort].resize(static_cast<std::size_t>(periods));
    for (const int n : member.periods) ++counts[member.cohort][static_cast<std::size_t>(n)];
  }
  std::string lines;
  std::vector<std::int64_t> returned(static_cast<std::size_t>(periods)), all(returned), cohorts(returned);
  for (const auto& [cohort, size] : sizes) {
    lines += naive::Calendar::label(cohort) + " " + std::to_string(size) + ":";
    for (int n = 0; n < periods; ++n) {
      const auto cell = static_cast<std::size_t>(n);
      const bool complete = retention.is_complete(cohort, n);
      lines += " " + std::to_string(counts[cohort][cell]) + "/" +
               text(std::optional(static_cast<double>(counts[cohort][cell]) / static_cast<double>(size))) + (complete ? "y" : "n");
      if (!complete) continue;
      returned[cell] += counts[cohort][cell];
      all[cell] += size;
      ++cohorts[cell];
    }
    lines += "\n";
  }
  for (std::size_t n = 0; n < returned.size(); ++n) {
    lines += " " + text(all[n] == 0 ? std::nullopt : std::optional(static_cast<double>(returned[n]) / static_cast<double>(all[n])));
    lines += "/" + std::to_string(cohorts[n]);
  }
  return lines + "\n";
}

naive::RetentionQuestion random_retention(RandomHistory& history) {
  naive::RetentionQuestion question;
  question.start = history.selector();
  question.comeback = history.pick(2) == 0 ? question.start : history.selector();
  static const char* const kIntervals[] = {"day", "day", "week", "month"};
  question.interval = kIntervals[history.pick(4)];
  question.periods = 1 + history.pick(6);
  question.is_on_or_after = history.pick(2) == 0;
  question.is_recurring = history.pick(2) == 0;
  question.is_rolling = history.pick(2) == 0;
  if (history.pick(3) == 0) question.breakdown = history.properties(2);
  question.top = 1 + static_cast<std::size_t>(history.pick(4));
  return question;
}

Json retention_json(const naive::RetentionQuestion& question, const std::vector<naive::Filter>& filters) {
  Json::Object body{{"start", Json(selector_json(question.start))},
                    {"return", Json(selector_json(question.comeback))},
                    {"interval", Json(question.interval)},
                    {"periods", number(static_cast<std::size_t>(question.periods))},
                    {"mode", Json(std::string(question.is_on_or_after ? "on_or_after" : "on"))},
                    {"cohort", Json(std::string(question.is_recurring ? "recurring" : "first_time"))},
                    {"bracket", Json(std::string(question.is_rolling ? "rolling" : "calendar"))},
                    {"top", number(question.top)},
                    {"filters", filters_json(filters)}};
  if (!question.breakdown.empty()) body.emplace_back("breakdown", texts_json(question.breakdown));
  return Json(std::move(body));
}

TEST_P(WalksReferenceTest, RetentionIsThatOfTheLoops) {
  for_each_case(0.25, [&](RandomHistory& history) {
    const auto question = random_retention(history);
    const auto filters = history.filters();
    const auto scope = this->scope(history);
    const auto asked = history.asked(scope, filters);
    const auto body = retention_json(question, filters);
    const naive::NaiveRetention naive_retention(asked, question);
    const auto members = naive_retention.members();
    const auto answer = ask_retention(*warehouse_, scope, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message << "\n" << text(body);
    ASSERT_EQ(table_text(answer->table), table_text(members, naive_retention, question.periods)) << text(body);

    std::map<std::vector<std::string>, std::int64_t> sizes;
    for (const auto& member : members) ++sizes[member.values];
    const auto rows = naive::rows_of(sizes, question.top);
    std::map<std::vector<std::string>, std::vector<naive::Member>> by_row;
    for (const auto& member : members) by_row[rows.at(member.values)].push_back(member);
    if (answer->breakdown) {
      std::size_t last_size = members.size();
      ASSERT_EQ(answer->breakdown->size(), by_row.size()) << text(body);
      for (const auto& row : *answer->breakdown) {
        ASSERT_EQ(table_text(row.table), table_text(by_row[row.breakdown], naive_retention, question.periods)) << text(body) << text(row.breakdown);
        if (row.breakdown.front() == "$other") {
          ASSERT_EQ(row.other_values, sizes.size() - question.top) << text(body);
          continue;
        }
        ASSERT_EQ(row.other_values, std::nullopt) << text(body);
        ASSERT_LE(by_row[row.breakdown].size(), last_size);
        last_size = by_row[row.breakdown].size();
      }
    }
    if (members.empty()) return;
    const auto& some = members[static_cast<std::size_t>(history.pick(static_cast<int>(members.size())))];
    const int n = history.pick(question.periods);
    // Who returned and who is lost: together the cohort.
    for (const bool returned : {true, false}) {
      std::set<std::string> people;
      for (const auto& member : members) {
        const bool is_of_row = member.cohort == some.cohort && rows.at(member.values) == rows.at(some.values);
        if (is_of_row && member.periods.contains(n) == returned) people.insert(member.user);
      }
      Json::Object select{{"cohort", Json(naive::Calendar::label(some.cohort))}, {"n", number(static_cast<std::size_t>(n))}};
      select.emplace_back("outcome", Json(std::string(returned ? "returned" : "lost")));
      if (!question.breakdown.empty()) select.emplace_back("breakdown", texts_json(rows.at(some.values)));
      ASSERT_EQ(names(history, retention_actors(*warehouse_, scope, body, Json(select))), joined(people)) << text(body) << text(Json(select));
    }
  });
}

naive::PathsQuestion random_paths(RandomHistory& history) {
  naive::PathsQuestion question;
  const int anchor = history.pick(3);
  if (anchor == 1) question.start = history.selector();
  if (anchor == 2) question.end = history.selector();
  question.steps = 2 + static_cast<std::size_t>(history.pick(4));
  if (history.pick(3) > 0) question.within = history.window() * 1'000'000;
  return question;
}

Json paths_json(const naive::PathsQuestion& question, const std::vector<naive::Filter>& filters, std::size_t limit) {
  Json::Object body{{"steps", number(question.steps)},
                    {"within", Json(question.within == 0 ? std::string("session") : std::to_string(question.within / 1'000'000) + "s")},
                    {"limit", number(limit)},
                    {"filters", filters_json(filters)}};
  if (question.start) body.emplace_back("start", Json(selector_json(*question.start)));
  if (question.end) body.emplace_back("end", Json(selector_json(*question.end)));
  return Json(std::move(body));
}

TEST_P(WalksReferenceTest, PathsAreThoseOfTheLoops) {
  for_each_case(0.1, [&](RandomHistory& history) {
    const auto question = random_paths(history);
    const auto filters = history.filters();
    auto scope = history.scope();
    if (history.pick(6) == 0) scope.memory_bytes = kLittleMemory;
    const std::size_t limit = 1 + static_cast<std::size_t>(history.pick(20));
    const auto body = paths_json(question, filters, limit);
    const auto walked = naive::walked(history.asked(scope, filters), question);
    const auto answer = ask_paths(*warehouse_, scope, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message << "\n" << text(body);

    struct Tally {
      int visits = 0;
      std::set<std::string> users;
    };
    std::map<std::vector<std::string>, Tally> paths;
    std::map<std::tuple<std::size_t, std::string, std::string>, Tally> edges;
    for (const auto& one : walked) {
      ++paths[one.path].visits;
      paths[one.path].users.insert(one.user);
      for (std::size_t i = 1; i < one.path.size(); ++i) {
        auto& edge = edges[{i, one.path[i - 1], one.path[i]}];
        ++edge.visits;
        edge.users.insert(one.user);
      }
    }
    std::vector<std::pair<int, std::string>> ranked;
    for (const auto& [path, tally] : paths) {
      ranked.emplace_back(-tally.visits, text(path) + " " + std::to_string(tally.visits) + " " + std::to_string(tally.users.size()) + "\n");
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string wanted_text, got_text;
    for (std::size_t i = 0; i < std::min(limit, ranked.size()); ++i) wanted_text += ranked[i].second;
    for (const auto& path : answer->paths) got_text += text(path.events) + " " + std::to_string(path.count) + " " + std::to_string(path.users) + "\n";
    ASSERT_EQ(got_text, wanted_text) << text(body);
    ASSERT_EQ(answer->edges.size(), edges.size()) << text(body);
    for (const auto& edge : answer->edges) {
      const auto& tally = edges[{edge.step, edge.from, edge.to}];
      ASSERT_EQ(edge.count, tally.visits) << text(body);
      ASSERT_EQ(edge.users, static_cast<std::int64_t>(tally.users.size())) << text(body);
    }
    if (walked.empty()) return;
    const auto& some = walked[static_cast<std::size_t>(history.pick(static_cast<int>(walked.size())))].path;
    const Json select(Json::Object{{"path", texts_json(some)}});
    ASSERT_EQ(names(history, paths_actors(*warehouse_, scope, body, select)), joined(paths[some].users)) << text(body) << text(select);
    if (some.size() < 2) return;
    const Json edge(Json::Object{{"step", number(1)}, {"from", Json(some[0])}, {"to", Json(some[1])}});
    ASSERT_EQ(names(history, paths_actors(*warehouse_, scope, body, edge)), joined(edges[{1, some[0], some[1]}].users)) << text(body) << text(edge);
  });
}

/// A selector with an interval, as lifecycle and stickiness have it.
Json activity_json(const naive::Selector& selector, const std::string& interval) {
  auto body = selector_json(selector);
  body.emplace_back("interval", Json(interval));
  return Json(std::move(body));
}

TEST_P(WalksReferenceTest, LifecyclesAreThoseOfTheLoops) {
  for_each_case(0.08, [&](RandomHistory& history) {
    const auto selector = history.selector();
    const std::string interval = std::vector<std::string>{"day", "week", "month"}[static_cast<std::size_t>(history.pick(3))];
    const auto scope = this->scope(history);
    const auto body = activity_json(selector, interval);
    auto wanted = naive::lifecycle(history.asked(scope, {}), selector, interval);
    const auto answer = ask_lifecycle(*warehouse_, scope, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message << "\n" << text(body);
    std::string wanted_text, got_text;
    for (auto& [bucket, states] : wanted) {
      wanted_text += naive::Calendar::label(bucket);
      for (const std::string state : {"new", "returning", "resurrecting", "dormant"}) wanted_text += " " + std::to_string(states[state].size());
      wanted_text += "\n";
    }
    for (std::size_t i = 0; i < answer->buckets.size(); ++i) {
      got_text += answer->buckets[i].label;
      for (const auto* const counts : {&answer->fresh, &answer->returning, &answer->resurrecting, &answer->dormant}) {
        got_text += " " + std::to_string((*counts)[i]);
      }
      got_text += "\n";
    }
    ASSERT_EQ(got_text, wanted_text) << text(body);
    auto& [bucket, states] = *std::next(wanted.begin(), history.pick(static_cast<int>(wanted.size())));
    for (const std::string state : {"new", "returning", "resurrecting", "dormant"}) {
      const Json select(Json::Object{{"bucket", Json(naive::Calendar::label(bucket))}, {"state", Json(state)}});
      ASSERT_EQ(names(history, lifecycle_actors(*warehouse_, scope, body, select)), joined(states[state])) << text(body) << text(select);
    }
  });
}

TEST_P(WalksReferenceTest, StickinessIsThatOfTheLoops) {
  for_each_case(0.07, [&](RandomHistory& history) {
    const auto selector = history.selector();
    const std::string interval = std::vector<std::string>{"day", "week", "month"}[static_cast<std::size_t>(history.pick(3))];
    const auto scope = history.scope();
    const auto body = activity_json(selector, interval);
    const auto active = naive::active_intervals(history.asked(scope, {}), selector, interval);
    const auto answer = ask_stickiness(*warehouse_, scope, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message << "\n" << text(body);
    std::vector<std::set<std::string>> people(naive::Calendar(scope.range.zone.name(), interval).buckets(to_micros(scope.range.from), to_micros(scope.range.until)).size());
    for (const auto& [user, count] : active) people[count - 1].insert(user);
    ASSERT_EQ(answer->users.size(), people.size()) << text(body);
    for (std::size_t i = 0; i < people.size(); ++i) ASSERT_EQ(answer->users[i], static_cast<std::int64_t>(people[i].size())) << text(body);
    const auto units = static_cast<std::size_t>(history.pick(static_cast<int>(people.size())));
    const Json select(Json::Object{{"units", number(units + 1)}});
    ASSERT_EQ(names(history, stickiness_actors(*warehouse_, scope, body, select)), joined(people[units])) << text(body) << text(select);
  });
}

INSTANTIATE_TEST_SUITE_P(Seeds, WalksReferenceTest, testing::Range(1, kSeeds + 1));

}  // namespace
}  // namespace spectrum::query
