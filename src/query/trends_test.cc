// Trends against plain loops over the same random events, and by numbers computed by hand.
#include "query/trends.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "base/time_text.h"
#include "tests/support/random_events.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json text(const std::string& value) { return Json(value); }
Json whole(std::int64_t value) { return Json(value); }
Json texts(const std::vector<std::string>& values) {
  Json::Array list;
  for (const auto& value : values) list.emplace_back(value);
  return Json(std::move(list));
}

// --- random questions, answered by loops -----------------------------------------------------------------------------

struct Asked {
  std::string event = "*", measure = "count", property = "value";
  std::string filtered_source;  ///< only events of this source; empty: all
};

class TrendsPropertyTest : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr model::Position kEvents = 3000;
  static constexpr const char* kZones[] = {"UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe",
                                           "Pacific/Apia"};
  using Events = std::vector<const ports::PositionedEvent*>;

  TrendsPropertyTest() {
    events_ = random_.next(kEvents, 0);
    // Around changes of the clocks: of New York and Berlin, of Lord Howe, and the day that Apia skipped.
    const Timestamp starts[] = {*parse_rfc3339("2026-10-18T00:00:00Z"), *parse_rfc3339("2026-03-25T00:00:00Z"),
                                *parse_rfc3339("2011-12-22T00:00:00Z"), *parse_rfc3339("2025-10-20T00:00:00Z")};
    for (auto& [position, event] : events_) {
      event.occurred_at = starts[random_.pick(4)] + std::chrono::seconds(random_.pick(16 * 86'400)) + std::chrono::microseconds(random_.pick(2) * 500);
      const auto [it, fresh] = properties_.emplace(position, Properties{});
      auto& [json, plan, number] = it->second;
      if (random_.pick(4) > 0) plan = kPlans[random_.pick(6)];
      if (random_.pick(3) > 0) number = random_.pick(400) / 4.0 - 20;
      json = "{";
      if (plan) json += "\"plan\":\"" + *plan + "\"";
      if (number) json += (plan ? ",\"n\":" : "\"n\":") + std::to_string(*number);
      json += "}";
      event.properties = json;
      if (!event.user_segment.empty()) segment_of_user_[{event.project_id, event.is_anonymous(), std::string(event.user_key())}] = event.user_segment;
    }
    warehouse_->load({events_, {}, 0, kEvents, {}}).value();
    for (const auto& event : events_) by_time_.push_back(&event);
    std::ranges::sort(by_time_, {}, time_of);
  }

  static Timestamp time_of(const ports::PositionedEvent* event) { return event->event.occurred_at; }

  Scope random_scope() {
    static const std::pair<const char*, const char*> ranges[] = {
        {"2026-10-24", "2026-11-02"}, {"2026-10-20T10:11:12.5Z", "2026-11-01T06:30:00Z"}, {"2026-03-27", "2026-04-06"},
        {"2011-12-28", "2012-01-02"}, {"2011-12-29T13:00:00Z", "2011-12-31T01:00:00Z"}, {"2025-10-24", "2025-11-03"},
        {"2026-04-04T14:00:00Z", "2026-04-04T17:00:00Z"}, {"2026-10-31", "2026-10-31"}, {"2020-01-01", "2020-01-02"}};
    const auto [from, to] = ranges[random_.pick(9)];
    const auto zone = TimeZone::find(kZones[random_.pick(6)]).value();
    const model::Position as_of = random_.pick(5) == 0 ? kEvents / 2 : kEvents;
    return {project_, parse_range(from, to, zone, now_).value(), as_of, now_};
  }

  std::optional<std::string> property(const ports::PositionedEvent& event, const std::string& name) const {
    const auto or_nothing = [](std::string_view value) { return value.empty() ? std::nullopt : std::optional(std::string(value)); };
    if (name == "event_type") return std::string(event.event.event_type);
    if (name == "source") return or_nothing(event.event.source);
    if (name == "variant") return or_nothing(event.event.variant);
    if (name == "plan") return properties_.at(event.position).plan;
    const auto found = segment_of_user_.find({event.event.project_id, event.event.is_anonymous(), std::string(event.event.user_key())});
    return found == segment_of_user_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<double> number(const ports::PositionedEvent& event, const std::string& name) const {
    if (name == "value") return event.event.value;
    if (name == "n") return properties_.at(event.position).number;
    if (!event.event.amount_minor) return {};
    return static_cast<double>(*event.event.amount_minor);
  }

  Events choose(const Scope& scope, const Asked& asked, Timestamp from, Timestamp until) const {
    Events chosen;
    const auto first = std::ranges::lower_bound(by_time_, from, {}, time_of);
    for (const auto* const event : std::ranges::subrange(first, by_time_.end())) {
      const auto& [position, fact] = *event;
      if (fact.occurred_at >= until) break;
      if (fact.project_id != project_.number || position > scope.as_of) continue;
      if (asked.event != "*" && fact.event_type != asked.event) continue;
      if (!asked.filtered_source.empty() && fact.source != asked.filtered_source) continue;
      chosen.push_back(event);
    }
    return chosen;
  }

  Number measure(const Asked& asked, const Events& events) const {
    std::set<std::pair<bool, std::string_view>> users;
    std::set<std::string_view> sessions;
    std::vector<double> numbers;
    for (const auto* event : events) {
      users.emplace(event->event.is_anonymous(), event->event.user_key());
      if (!event->event.session_id.empty()) sessions.insert(event->event.session_id);
      if (const auto value = number(*event, asked.property)) numbers.push_back(*value);
    }
    std::sort(numbers.begin(), numbers.end());
    const auto size = [](const auto& all) { return static_cast<double>(all.size()); };
    double sum = 0;
    for (const double value : numbers) sum += value;
    if (asked.measure == "count") return size(events);
    if (asked.measure == "unique_users") return size(users);
    if (asked.measure == "sessions") return size(sessions);
    if (asked.measure == "per_user") return users.empty() ? Number() : size(events) / size(users);
    if (asked.measure == "sum") return sum;
    if (numbers.empty()) return {};
    if (asked.measure == "avg") return sum / size(numbers);
    if (asked.measure == "min") return numbers.front();
    if (asked.measure == "max") return numbers.back();
    const double place = std::stod("0." + asked.measure.substr(1)) * (size(numbers) - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const auto above = static_cast<std::size_t>(std::ceil(place));
    return numbers[below] + (numbers[above] - numbers[below]) * (place - std::floor(place));
  }

  static void expect_equal(const Number& actual, const Number& wanted, const std::string& where) {
    ASSERT_EQ(actual.has_value(), wanted.has_value()) << where;
    if (wanted) {
      ASSERT_NEAR(*actual, *wanted, 1e-9 * std::max(1.0, std::abs(*wanted))) << where;
    }
  }

  Asked random_series() {
    static constexpr const char* measures[] = {"count", "unique_users", "sessions", "per_user", "sum", "avg",
                                               "min",   "max",          "p50",      "p90",      "p95", "p99"};
    Asked asked;
    asked.event = std::vector<std::string>{"*", "page_view", "purchase", "signup"}[random_.pick(4)];
    asked.measure = measures[random_.pick(12)];
    asked.property = std::vector<std::string>{"value", "n", "amount_minor"}[random_.pick(3)];
    if (random_.pick(3) == 0) asked.filtered_source = "web";
    return asked;
  }
  static Json series_json(const Asked& asked) {
    Json::Object members = {{"event", text(asked.event)}, {"measure", text(asked.measure)}, {"property", text(asked.property)}};
    if (!asked.filtered_source.empty()) {
      members.emplace_back("filters", Json(Json::Array{Json(Json::Object{{"property", text("source")}, {"value", text(asked.filtered_source)}})}));
    }
    return Json(std::move(members));
  }

  struct Properties {
    std::string json;
    std::optional<std::string> plan;
    std::optional<double> number;
  };
  static constexpr const char* kPlans[] = {"free", "pro", "team", "möglich", "$none", "12"};

  const Timestamp now_ = *parse_rfc3339("2026-11-02T12:00:00Z");
  const model::Project project_;
  TempDir folder_;
  RandomEvents random_{GetParam()};
  std::vector<ports::PositionedEvent> events_;
  Events by_time_;
  std::map<model::Position, Properties> properties_;
  std::map<std::tuple<model::ProjectId, bool, std::string>, std::string> segment_of_user_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open_recorded_warehouse(folder_ / "w.duckdb");
};

TEST_P(TrendsPropertyTest, MeasureWhatALoopMeasures) {
  for (int round = 0; round < 400; ++round) {
    const auto scope = random_scope();
    const std::string interval = std::vector<std::string>{"hour", "day", "week", "month", "minute"}[random_.pick(scope.range.until - scope.range.from < std::chrono::hours(60) ? 5 : 4)];
    std::vector<Asked> asked;
    Json::Array series;
    for (int i = 0; i <= random_.pick(3); ++i) {
      asked.push_back(random_series());
      series.push_back(series_json(asked.back()));
    }
    const auto answer = ask_trends(*warehouse_, scope, Json(Json::Object{{"interval", text(interval)}, {"series", Json(series)}})).value();
    ASSERT_EQ(answer.rows.size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto where = "round " + std::to_string(round) + " " + asked[i].measure + " " + scope.range.zone.name() + " " + interval;
      expect_equal(answer.rows[i].total, measure(asked[i], choose(scope, asked[i], scope.range.from, scope.range.until)), where);
      for (std::size_t bucket = 0; bucket < answer.buckets.size(); ++bucket) {
        const auto& [start, end, label] = answer.buckets[bucket];
        const auto events = choose(scope, asked[i], std::max(start, scope.range.from), std::min(end, scope.range.until));
        expect_equal(answer.rows[i].values[bucket], measure(asked[i], events), where + " " + label);
        ASSERT_EQ(answer.complete[bucket], end <= now_);
      }
    }
  }
}

TEST_P(TrendsPropertyTest, BreakDownAsALoopDoes) {
  for (int round = 0; round < 300; ++round) {
    const auto scope = random_scope();
    std::vector<std::string> properties = {"plan", "source", "variant", "event_type", "user.segment"};
    std::shuffle(properties.begin(), properties.end(), std::mt19937(static_cast<unsigned>(round)));
    properties.resize(1 + static_cast<std::size_t>(random_.pick(3)));
    const auto top = static_cast<std::size_t>(1 + random_.pick(8));
    std::vector<Asked> asked = {random_series()};
    if (random_.pick(2) == 0) asked.push_back(random_series());
    Json::Array series;
    for (const auto& one : asked) series.push_back(series_json(one));
    Json::Object body = {{"series", Json(series)}, {"breakdown", texts(properties)}, {"top", whole(static_cast<std::int64_t>(top))}, {"interval", text("week")}};
    const bool compares = random_.pick(2) == 0;
    if (compares) body.emplace_back("compare", text("previous_period"));
    const auto answer = ask_trends(*warehouse_, scope, Json(body)).value();

    const auto combination = [&](const ports::PositionedEvent& event) {
      Combination names;
      for (const auto& name : properties) names.push_back(property(event, name).value_or("$none"));
      return names;
    };
    std::map<Combination, std::int64_t> events;
    std::set<model::Position> ranked;
    for (const auto& one : asked) {
      for (const auto* event : choose(scope, one, scope.range.from, scope.range.until)) {
        if (ranked.insert(event->position).second) ++events[combination(*event)];
      }
    }
    std::vector<std::pair<std::int64_t, Combination>> order;
    for (const auto& [names, count] : events) order.emplace_back(-count, names);
    std::sort(order.begin(), order.end());
    std::vector<Combination> rows;
    for (std::size_t i = 0; i < std::min(top, order.size()); ++i) rows.push_back(order[i].second);
    const std::set<Combination> listed(rows.begin(), rows.end());
    if (order.size() > top) rows.emplace_back(properties.size(), "$other");

    ASSERT_EQ(answer.rows.size(), rows.size() * asked.size());
    const auto range_before = previous_period(scope.range);
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
      const auto& row = answer.rows[i];
      const auto& one = asked[i / rows.size()];
      ASSERT_EQ(row.breakdown, rows[i % rows.size()]) << "round " << round;
      ASSERT_EQ(row.other_values, row.breakdown[0] == "$other" ? std::optional(order.size() - top) : std::nullopt) << "round " << round;
      const auto of_row = [&](Timestamp from, Timestamp until) {
        auto chosen = choose(scope, one, from, until);
        std::erase_if(chosen, [&](const auto* event) {
          const auto names = combination(*event);
          return row.breakdown[0] == "$other" ? listed.contains(names) : names != row.breakdown;
        });
        return measure(one, chosen);
      };
      const auto where = "round " + std::to_string(round) + " " + one.measure + " " + row.breakdown[0];
      expect_equal(row.total, of_row(scope.range.from, scope.range.until), where);
      for (std::size_t bucket = 0; bucket < answer.buckets.size(); ++bucket) {
        const auto& [start, end, label] = answer.buckets[bucket];
        expect_equal(row.values[bucket], of_row(std::max(start, scope.range.from), std::min(end, scope.range.until)), where + label);
      }
      ASSERT_EQ(row.compared.has_value(), compares);
      if (compares) expect_equal(row.compared->total, of_row(range_before.from, range_before.until), where + " before");
    }
  }
}

TEST_P(TrendsPropertyTest, RollingWindowsAreExactForEveryDay) {
  for (int round = 0; round < 100; ++round) {
    const auto scope = random_scope();
    const std::int64_t days = random_.pick(2) == 0 ? 7 : 28;
    Asked asked = random_series();
    asked.measure = "unique_users";
    const auto answer = ask_trends(*warehouse_, scope, Json(Json::Object{{"series", Json(Json::Array{series_json(asked)})}, {"rolling", whole(days)}})).value();
    // All days from long before, one by one.
    const auto axis = make_buckets({scope.range.from - std::chrono::days(40), scope.range.until, scope.range.zone}, Interval::day).value();
    const std::size_t ahead = axis.size() - answer.buckets.size();
    for (std::size_t i = 0; i < answer.buckets.size(); ++i) {
      const Timestamp from = axis[ahead + i + 1 - static_cast<std::size_t>(days)].start;
      const auto events = choose(scope, asked, from, std::min(answer.buckets[i].end, scope.range.until));
      expect_equal(answer.rows[0].values[i], measure(asked, events), scope.range.zone.name() + " " + answer.buckets[i].label);
    }
    expect_equal(answer.rows[0].total, measure(asked, choose(scope, asked, scope.range.from, scope.range.until)), "total");
  }
}

TEST_P(TrendsPropertyTest, AsManyUsersAreBehindANumberAsItSays) {
  std::int64_t people = 0;
  for (int round = 0; round < 150; ++round) {
    const auto scope = random_scope();
    Asked asked = random_series();
    asked.measure = random_.pick(3) == 0 ? "count" : "unique_users";
    Json::Object body = {{"series", Json(Json::Array{series_json(asked)})}, {"top", whole(2)}};
    const bool rolls = asked.measure == "unique_users" && random_.pick(4) == 0;
    if (rolls) body.emplace_back("rolling", whole(7));
    const bool breaks_down = random_.pick(2) == 0;
    if (breaks_down) body.emplace_back("breakdown", texts({"plan", "source"}));
    const auto answer = ask_trends(*warehouse_, scope, Json(body)).value();
    if (answer.rows.empty()) continue;
    const auto& row = answer.rows[static_cast<std::size_t>(random_.pick(static_cast<int>(answer.rows.size())))];
    Json::Object select = {{"series", text("A")}};
    if (breaks_down) select.emplace_back("breakdown", texts(row.breakdown));
    const auto behind = [&](const Json::Object& selected) {
      const auto users = trends_actors(*warehouse_, scope, Json(body), Json(selected)).value();
      EXPECT_TRUE(std::is_sorted(users.begin(), users.end()));
      people += static_cast<std::int64_t>(users.size());
      return static_cast<double>(users.size());
    };
    const auto expect_matches = [&](double users, const Number& number) {
      EXPECT_LE(users, *number);
      EXPECT_EQ(users == 0, *number == 0);
      if (asked.measure == "unique_users") {
        EXPECT_EQ(users, *number);
      }
    };
    expect_matches(behind(select), row.total);
    const auto bucket = static_cast<std::size_t>(random_.pick(static_cast<int>(answer.buckets.size())));
    select.emplace_back("bucket", text(answer.buckets[bucket].label));
    expect_matches(behind(select), row.values[bucket]);
  }
  EXPECT_GT(people, 500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TrendsPropertyTest, testing::Values(1u, 2u));

// --- by hand -----------------------------------------------------------------------------------------------------------

struct Row {
  std::string time, user, type, source;
  std::optional<double> value;
};

/// A handful of events in March 2026; it is noon of the 4th.
class TrendsTest : public testing::Test {
 protected:

  void load(const std::vector<Row>& rows) {
    std::vector<ports::PositionedEvent> events;
    for (const auto& row : rows) {
      model::Event event;
      ids_.push_back("id" + std::to_string(ids_.size()));
      event.event_id = ids_.back();
      event.event_type = row.type;
      event.user_id = row.user;
      event.source = row.source;
      event.value = row.value;
      event.occurred_at = *parse_rfc3339(row.time);
      events.push_back({events.size() + 1, event});
    }
    warehouse_->load({events, {}, 0, events.size(), {}}).value();
  }
  Scope scope(const std::string& from, const std::string& to, const std::string& zone = "UTC") {
    return {project_, parse_range(from, to, TimeZone::find(zone).value(), now_).value(), 1000, now_};
  }
  Trends ask(const Scope& scope, const Json::Object& body) { return ask_trends(*warehouse_, scope, Json(body)).value(); }
  std::string refusal(const Json::Object& body) {
    const auto answer = ask_trends(*warehouse_, scope("2026-03-02", "2026-03-04"), Json(body));
    return answer.ok() ? "" : answer.error().message;
  }
  static Json series(const std::vector<Json::Object>& list) {
    Json::Array all;
    for (const auto& one : list) all.emplace_back(one);
    return Json(std::move(all));
  }

  const Timestamp now_ = *parse_rfc3339("2026-03-04T12:00:00Z");
  const model::Project project_;
  std::deque<std::string> ids_;
  TempDir folder_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open_recorded_warehouse(folder_ / "w.duckdb");
};

const std::vector<Row> kShop = {
    {"2026-03-02T10:00:00Z", "ann", "buy", "web", 10},   {"2026-03-02T11:00:00Z", "ann", "buy", "web", 20},
    {"2026-03-02T12:00:00Z", "bob", "buy", "app", 40},   {"2026-03-02T13:00:00Z", "bob", "view", "app", {}},
    {"2026-03-04T10:00:00Z", "ann", "view", "web", {}},  {"2026-03-04T11:00:00Z", "eve", "view", "", {}},
};

TEST_F(TrendsTest, AnEmptyBucketIsZeroForCountsAndSumsAndNothingForTheRest) {
  load(kShop);
  const auto answer = ask(scope("2026-03-02", "2026-03-03"), {{"series", series({{{"event", text("buy")}, {"measure", text("sum")}},
                                                                                 {{"event", text("buy")}, {"measure", text("avg")}},
                                                                                 {{"event", text("buy")}, {"measure", text("p50")}},
                                                                                 {{"event", text("buy")}, {"measure", text("max")}},
                                                                                 {{"event", text("buy")}, {"measure", text("per_user")}},
                                                                                 {{"event", text("buy")}, {"measure", text("unique_users")}}})}});
  EXPECT_THAT(answer.rows[0].values, ElementsAre(70, 0));
  EXPECT_THAT(answer.rows[1].values, ElementsAre(70.0 / 3, std::nullopt));
  EXPECT_THAT(answer.rows[2].values, ElementsAre(20, std::nullopt));
  EXPECT_THAT(answer.rows[3].values, ElementsAre(40, std::nullopt));
  EXPECT_THAT(answer.rows[4].values, ElementsAre(1.5, std::nullopt));
  EXPECT_THAT(answer.rows[5].values, ElementsAre(2, 0));
}

TEST_F(TrendsTest, PercentilesInterpolateLinearly) {
  load(kShop);
  const auto answer = ask(scope("2026-03-02", "2026-03-02"), {{"series", series({{{"measure", text("p90")}}, {{"measure", text("p95")}}, {{"measure", text("p99")}}})}});
  EXPECT_DOUBLE_EQ(*answer.rows[0].total, 20 + 0.8 * 20);
  EXPECT_DOUBLE_EQ(*answer.rows[1].total, 20 + 0.9 * 20);
  EXPECT_NEAR(*answer.rows[2].total, 20 + 0.98 * 20, 1e-9);
}

TEST_F(TrendsTest, TheTotalIsOfTheWholeRangeNotTheSumOfItsBuckets) {
  load(kShop);
  const auto answer = ask(scope("2026-03-02", "2026-03-04"), {{"series", series({{{"measure", text("unique_users")}}})}});
  EXPECT_THAT(answer.rows[0].values, ElementsAre(2, 0, 2));
  EXPECT_EQ(answer.rows[0].total, 3);
  EXPECT_THAT(answer.complete, ElementsAre(true, true, false));
}

TEST_F(TrendsTest, AFormulaIsARowNamedByItsText) {
  load(kShop);
  const auto answer = ask(scope("2026-03-02", "2026-03-04"), {{"series", series({{{"event", text("view")}}, {{"event", text("buy")}, {"name", text("bought")}}})},
                                                              {"formulas", texts({"A / bought", "bought - A"})}});
  EXPECT_EQ(answer.rows[2].name, "A / bought");
  EXPECT_THAT(answer.rows[2].values, ElementsAre(1.0 / 3, std::nullopt, std::nullopt));
  EXPECT_EQ(answer.rows[2].total, 1);
  EXPECT_THAT(answer.rows[3].values, ElementsAre(2, 0, -2));
}

TEST_F(TrendsTest, AFormulaIsBrokenDownAndComparedLikeItsSeries) {
  load(kShop);
  const auto answer = ask(scope("2026-03-04", "2026-03-05"), {{"series", series({{{"measure", text("unique_users")}}, {}})},
                                                              {"breakdown", texts({"source"})}, {"compare", text("previous_period")}, {"formulas", texts({"B / A"})}});
  ASSERT_EQ(answer.rows.size(), 6);
  EXPECT_THAT(answer.rows[4].breakdown, ElementsAre("$none"));
  EXPECT_THAT(answer.rows[5].breakdown, ElementsAre("web"));
  EXPECT_EQ(answer.rows[5].total, 1);
  EXPECT_THAT(answer.rows[5].compared->values, ElementsAre(2, std::nullopt));
  EXPECT_EQ(answer.rows[4].compared->total, std::nullopt);
}

TEST_F(TrendsTest, ValuesAreRankedByEventsThenByCodePointAndTheRestIsOneRow) {
  load({{"2026-03-02T10:00:00Z", "a", "view", "z", {}},
        {"2026-03-02T10:00:00Z", "a", "view", "é", {}},
        {"2026-03-02T10:00:00Z", "b", "view", "Z", {}},
        {"2026-03-02T10:00:00Z", "b", "view", "", {}},
        {"2026-03-02T10:00:00Z", "c", "view", "", {}},
        {"2026-03-02T10:00:00Z", "c", "view", "a", {}}});
  const auto answer = ask(scope("2026-03-02", "2026-03-02"), {{"series", series({{{"measure", text("unique_users")}}})}, {"breakdown", texts({"source"})}, {"top", whole(4)}});
  std::vector<std::pair<std::string, double>> rows;
  for (const auto& row : answer.rows) rows.emplace_back(row.breakdown[0], *row.total);
  EXPECT_THAT(rows, ElementsAre(std::pair("$none", 2.0), std::pair("Z", 1.0), std::pair("a", 1.0), std::pair("z", 1.0), std::pair("$other", 1.0)));
}

TEST_F(TrendsTest, TheRowOfAllOthersSaysHowManyThereAre) {
  load({{"2026-03-02T10:00:00Z", "a", "view", "web", {}},
        {"2026-03-02T10:00:00Z", "b", "view", "web", {}},
        {"2026-03-02T10:00:00Z", "c", "view", "app", {}},
        {"2026-03-02T10:00:00Z", "d", "view", "", {}},
        {"2026-03-02T10:00:00Z", "e", "view", "mail", {}},
        {"2026-03-03T10:00:00Z", "f", "view", "later", {}}});
  const auto one = series({{{"measure", text("unique_users")}, {"name", text("users")}}});
  // Values are counted in one scan, or ranked in SQL where days look back.
  for (const Json::Object& way : {Json::Object{}, Json::Object{{"rolling", whole(7)}}}) {
    for (const std::int64_t top : {1, 4}) {
      Json::Object body = {{"series", one}, {"formulas", texts({"users * 2"})}, {"breakdown", texts({"source"})}, {"top", whole(top)}};
      body.insert(body.end(), way.begin(), way.end());
      std::vector<std::optional<std::size_t>> others;
      for (const auto& row : ask(scope("2026-03-02", "2026-03-02"), body).rows) others.push_back(row.other_values);
      const auto of_others = top == 1 ? std::optional<std::size_t>(3) : std::nullopt;
      EXPECT_EQ(others.size(), top == 1 ? 4 : 8);
      for (std::size_t i = 0; i < others.size(); ++i) EXPECT_EQ(others[i], i % 2 == 1 ? of_others : std::nullopt);
    }
  }
}

TEST_F(TrendsTest, ADollarNoneThatWasSentIsCountedWithWhatIsAbsent) {
  load({{"2026-03-02T10:00:00Z", "a", "view", "$none", {}}, {"2026-03-02T10:00:00Z", "b", "view", "", {}}, {"2026-03-02T10:00:00Z", "c", "view", "x", {}}});
  for (const auto count_of_series : {1, 2}) {
    const auto answer = ask(scope("2026-03-02", "2026-03-02"),
                            {{"series", count_of_series == 1 ? series({{}}) : series({{}, {}})}, {"breakdown", texts({"source"})}});
    ASSERT_EQ(answer.rows.size(), 2u * static_cast<std::size_t>(count_of_series));
    EXPECT_THAT(answer.rows[0].breakdown, ElementsAre("$none"));
    EXPECT_EQ(answer.rows[0].total, 2.0);
  }
}

TEST_F(TrendsTest, ABreakdownOfNothingHasNoRows) {
  EXPECT_THAT(ask(scope("2026-03-02", "2026-03-02"), {{"series", series({{}})}, {"breakdown", texts({"source"})}}).rows, IsEmpty());
  EXPECT_THAT(ask(scope("2026-03-02", "2026-03-02"), {{"series", series({{}, {}})}, {"breakdown", texts({"source"})}}).rows, IsEmpty());
}

TEST_F(TrendsTest, TheSameDatesOfTheYearBeforeEndAFebruaryOn28) {
  const auto range = [&](const std::string& from, const std::string& to) {
    const auto before = previous_year(scope(from, to, "Europe/Berlin").range);
    return before.zone.format(before.from) + " " + before.zone.format(before.until);
  };
  EXPECT_EQ(range("2024-02-29", "2024-02-29"), "2023-02-28T00:00:00+01:00 2023-03-01T00:00:00+01:00");
  EXPECT_EQ(range("2025-02-28", "2025-02-28"), "2024-02-28T00:00:00+01:00 2024-02-29T00:00:00+01:00");
  EXPECT_EQ(range("2026-03-01", "2026-03-31"), "2025-03-01T00:00:00+01:00 2025-04-01T00:00:00+02:00");
  EXPECT_EQ(range("2026-05-01T12:00:00+02:00", "2026-05-02T08:00:00+02:00"), "2025-05-01T12:00:00+02:00 2025-05-02T08:00:00+02:00");
  EXPECT_EQ(range("2024-02-28T13:00:00+01:00", "2024-02-29T12:00:00+01:00"), "2023-02-28T13:00:00+01:00 2023-03-01T12:00:00+01:00");
}

TEST_F(TrendsTest, ThePeriodBeforeHasAsManyDaysOrIsAsLong) {
  const auto range = [&](const std::string& from, const std::string& to) {
    const auto before = previous_period(scope(from, to, "Europe/Berlin").range);
    return before.zone.format(before.from) + " " + before.zone.format(before.until);
  };
  EXPECT_EQ(range("2026-03-29", "2026-03-30"), "2026-03-27T00:00:00+01:00 2026-03-29T00:00:00+01:00");
  EXPECT_EQ(range("2026-03-30", "2026-03-30"), "2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00");
  EXPECT_EQ(range("2026-03-30T12:00:00+02:00", "2026-03-31T12:00:00+02:00"), "2026-03-29T12:00:00+02:00 2026-03-30T12:00:00+02:00");
}

TEST_F(TrendsTest, ASelectionOfPeopleThatIsNoneSaysWhere) {
  load(kShop);
  const auto refusal = [&](const Json::Object& select) {
    const Json body(Json::Object{{"series", series({{{"name", text("views")}}})}, {"formulas", texts({"views * 2"})}, {"breakdown", texts({"source"})}});
    const auto users = trends_actors(*warehouse_, scope("2026-03-02", "2026-03-04"), body, Json(select));
    return users.ok() ? std::to_string(users->size()) : users.error().message;
  };
  EXPECT_EQ(refusal({}), "3");
  EXPECT_EQ(refusal({{"series", text("views")}, {"bucket", text("2026-03-04")}, {"breakdown", texts({"$none"})}}), "1");
  EXPECT_THAT(refusal({{"series", text("A")}}), HasSubstr("/select/series: must name a series: views"));
  EXPECT_THAT(refusal({{"series", text("views * 2")}}), HasSubstr("/select/series: a formula has no users"));
  EXPECT_THAT(refusal({{"bucket", text("2026-03-05")}}), HasSubstr("/select/bucket: must be one of the question's buckets"));
  EXPECT_THAT(refusal({{"breakdown", texts({"web", "x"})}}), HasSubstr("/select/breakdown: "));
  EXPECT_THAT(refusal({{"step", whole(1)}}), HasSubstr("/select/step: is no field here"));
}

TEST_F(TrendsTest, ARefusalSaysWhere) {
  const Json any = series({{}});
  EXPECT_THAT(refusal({{"series", Json(Json::Array())}}), HasSubstr("/series: "));
  EXPECT_THAT(refusal({{"series", any}, {"interval", text("year")}}), HasSubstr("/interval: "));
  EXPECT_THAT(refusal({{"series", series({{}, {{"measure", text("sums")}}})}}), HasSubstr("/series/1/measure: must be one of count, "));
  EXPECT_THAT(refusal({{"series", Json(Json::Array(21, Json(Json::Object())))}}), HasSubstr("/series: "));
  EXPECT_THAT(refusal({{"series", series({{{"name", text("B")}}, {}})}}), HasSubstr("/series/1/name: two series are called 'B'"));
  EXPECT_THAT(refusal({{"serie", any}}), HasSubstr("'series'"));
  EXPECT_THAT(refusal({{"series", any}, {"formulas", texts({"A / C"})}}), HasSubstr("/formulas/0: "));
  EXPECT_THAT(refusal({{"series", any}, {"formulas", text("A")}}), HasSubstr("/formulas: "));
  EXPECT_THAT(refusal({{"series", any}, {"breakdown", texts({"a", "b", "c", "d"})}}), HasSubstr("/breakdown: "));
  EXPECT_THAT(refusal({{"series", any}, {"breakdown", texts({})}}), HasSubstr("/breakdown: "));
  EXPECT_THAT(refusal({{"series", any}, {"top", whole(0)}}), HasSubstr("/top: must be a number from 1 to 100"));
  EXPECT_THAT(refusal({{"series", any}, {"compare", text("last_year")}}), HasSubstr("/compare: "));
  EXPECT_THAT(refusal({{"series", any}, {"rolling", whole(7)}}), HasSubstr("/rolling: goes with"));
  const Json users = series({{{"measure", text("unique_users")}}});
  EXPECT_THAT(refusal({{"series", users}, {"rolling", whole(14)}}), HasSubstr("/rolling: must be 7 or 28"));
  EXPECT_THAT(refusal({{"series", users}, {"rolling", whole(7)}, {"interval", text("week")}}), HasSubstr("/rolling: goes with"));
  EXPECT_EQ(refusal({{"series", users}, {"rolling", whole(7)}}), "");
}

}  // namespace
}  // namespace spectrum::query
