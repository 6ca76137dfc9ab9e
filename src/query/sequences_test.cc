// What is remembered of who did what when, and when it is read again. That funnels over it are right is for
// walks_reference_test.cc.
#include "query/sequences.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <thread>

#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kPlenty = 1 << 20;

class SequencesTest : public testing::Test {
 protected:
  struct Did {
    std::string user;
    std::string type;
    int day;  ///< of March 2026
  };

  void load(const std::vector<Did>& all) {
    const model::Position after = position_;
    std::deque<std::string> ids;
    std::vector<ports::PositionedEvent> events;
    for (const auto& [user, type, day] : all) {
      model::Event& event = events.emplace_back(ports::PositionedEvent{++position_, {}}).event;
      event.event_id = ids.emplace_back(std::to_string(position_));
      event.event_type = type;
      event.user_id = user;
      event.occurred_at = event.received_at = at(day);
    }
    (void)warehouse_.load({events, {}, after, position_, {}}).value();
  }
  static Timestamp at(int day) { return Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 3 / day)); }

  Scope scope(int from, int until) const { return {project_, {at(from), at(until), TimeZone::find("UTC").value()}, position_, at(31)}; }
  /// Who did what on which day, in the order in which it is handed out: all, or views alone.
  std::vector<std::string> read(Sequences& sequences, const Scope& scope, bool takes_all = true) {
    std::vector<std::string> steps;
    const auto is_view = [](std::string_view type) -> std::uint32_t { return type == "view"; };
    const auto walk = [&](std::span<const Event> events) {
      for (const Event& event : events) {
        const auto day = (event.at - to_micros(at(1))) / 86'400'000'000 + 1;
        steps.push_back(std::to_string(event.owner) + (event.matches ? " view " : " buy ") + std::to_string(day));
      }
    };
    const auto done = sequences.read(scope, scope.range.until, is_view, takes_all, walk).value();
    return done ? steps : std::vector<std::string>{"too many"};
  }
  std::vector<std::string> read(int from, int until, bool takes_all = true) { return read(sequences_, scope(from, until), takes_all); }
  /// How often the facts were read so far.
  std::size_t readings() const { return statements_with(statements_, "FROM fact_events"); }

  const model::Project project_;
  TempDir folder_;
  const std::string statements_ = folder_ / "statements";
  RecordedWarehouse warehouse_{duckdb::DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value(), statements_};
  Sequences sequences_{warehouse_, kPlenty};
  model::Position position_ = 0;
};

TEST_F(SequencesTest, EachUsersEventsComeInTheirOrderAndAreReadOnce) {
  load({{"ann", "buy", 5}, {"bob", "view", 4}, {"ann", "view", 3}, {"ann", "view", 20}});
  EXPECT_THAT(read(1, 31), ElementsAre("1 view 3", "1 buy 5", "1 view 20", "2 view 4"));
  const auto once = readings();
  EXPECT_THAT(read(1, 31, false), ElementsAre("1 view 3", "1 view 20", "2 view 4"));
  EXPECT_THAT(read(4, 20), ElementsAre("1 buy 5", "2 view 4"));
  EXPECT_THAT(read(21, 31), IsEmpty());
  EXPECT_EQ(readings(), once);
}

TEST_F(SequencesTest, WhatCameSinceIsReadAlone) {
  load({{"ann", "view", 3}, {"bob", "view", 3}});
  EXPECT_THAT(read(2, 31), ElementsAre("1 view 3", "2 view 3"));
  load({{"ann", "view", 2}, {"eve", "buy", 9}, {"ann", "buy", 3}});
  const auto before = readings();
  EXPECT_THAT(read(2, 31), ElementsAre("1 view 2", "1 view 3", "1 buy 3", "2 view 3", "3 buy 9"));
  EXPECT_EQ(readings(), before + 1);
}

TEST_F(SequencesTest, WhatIsEarlierIsReadWhenItIsAskedFor) {
  load({{"ann", "view", 2}, {"ann", "view", 12}, {"ann", "view", 22}});
  EXPECT_THAT(read(20, 31), ElementsAre("1 view 22"));
  EXPECT_THAT(read(10, 31), ElementsAre("1 view 12", "1 view 22"));
  EXPECT_THAT(read(1, 31), ElementsAre("1 view 2", "1 view 12", "1 view 22"));
  EXPECT_EQ(readings(), 3);
}

TEST_F(SequencesTest, AnOlderPositionSeesWhatWasThereThen) {
  load({{"ann", "view", 2}});
  const auto before = scope(1, 31);
  load({{"ann", "buy", 2}});
  EXPECT_THAT(read(1, 31), ElementsAre("1 view 2", "1 buy 2"));
  EXPECT_THAT(read(sequences_, before), ElementsAre("1 view 2"));
}

TEST_F(SequencesTest, ARangeWithTooManyIsNotReadAgainAndAShorterOneIsRemembered) {
  Sequences few(warehouse_, 500);
  for (int day = 1; day <= 28; ++day) load({{"ann", "view", day}, {"bob", "view", day}});
  EXPECT_THAT(read(few, scope(1, 31)), ElementsAre("too many"));
  const auto before = readings();
  EXPECT_THAT(read(few, scope(1, 31)), ElementsAre("too many"));
  EXPECT_EQ(readings(), before);
  EXPECT_THAT(read(few, scope(28, 31)), ElementsAre("1 view 28", "2 view 28"));
  EXPECT_THAT(read(few, scope(28, 31)), ElementsAre("1 view 28", "2 view 28"));
  EXPECT_EQ(readings(), before + 1);
}

TEST_F(SequencesTest, WhatGrowsTooLargeBeginsAnew) {
  Sequences few(warehouse_, 800);
  load({{"ann", "view", 2}});
  EXPECT_THAT(read(few, scope(1, 31)), ElementsAre("1 view 2"));
  for (int i = 0; i < 60; ++i) load({{"bob", "view", 10}});
  load({{"ann", "view", 22}});
  EXPECT_THAT(read(few, scope(1, 31)), ElementsAre("too many"));
  EXPECT_THAT(read(few, scope(20, 31)), ElementsAre("1 view 22"));
}

TEST_F(SequencesTest, LateEventsAreMergedWithMany) {
  std::vector<Did> many;
  for (int i = 0; i < 200; ++i) many.push_back({"user " + std::to_string(i % 40), "view", 1 + i % 28});
  load(many);
  const auto before = read(1, 31);
  load({{"user 7", "buy", 1}});
  auto expected = before;
  const auto first_of_user = std::ranges::find_if(expected, [](const auto& step) { return step.starts_with("8 "); });
  expected.insert(first_of_user, "8 buy 1");
  EXPECT_EQ(read(1, 31), expected);
  load({{"user 7", "view", 30}});
  expected.insert(std::ranges::find_if(expected, [](const auto& step) { return step.starts_with("9 "); }), "8 view 30");
  EXPECT_EQ(read(1, 31), expected);
}

TEST_F(SequencesTest, QuestionsBesideEachOtherSeeWhatTheirPositionSays) {
  load({{"ann", "view", 2}, {"bob", "view", 3}});
  std::atomic<model::Position> loaded = position_;
  const auto range = scope(1, 31).range;
  const auto ask = [&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Scope scope{project_, range, loaded, at(31)};
      EXPECT_EQ(read(sequences_, scope).size(), scope.as_of);
    }
  };
  std::vector<std::jthread> askers;
  for (int i = 0; i < 3; ++i) askers.emplace_back(ask);
  for (int day = 1; day <= 28; ++day) {
    load({{"ann", "buy", day}, {"user " + std::to_string(day), "view", day}});
    loaded = position_;
  }
}

}  // namespace
}  // namespace spectrum::query
