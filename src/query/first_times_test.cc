// What is remembered of who did something before a time, and what is not.
#include "query/first_times.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "tests/support/json_literal.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kPlenty = 1 << 20;

struct More {
  std::string_view segment = {};
  std::string_view source = {};
};

class FirstTimesTest : public testing::Test {
 protected:
  /// On a day of March 2026. Users are numbered from 1, as they come.
  void load(const std::string& user, int day, const More& more = {}) { load(std::vector{user}, day, more); }
  void load(const std::vector<std::string>& users, int day, const More& more = {}) {
    const model::Position after = position_;
    std::deque<std::string> ids;
    std::vector<ports::PositionedEvent> events;
    for (const auto& user : users) {
      model::Event& event = events.emplace_back(ports::PositionedEvent{++position_, {}}).event;
      event.event_id = ids.emplace_back(std::to_string(position_));
      event.event_type = "view";
      event.user_id = user;
      event.occurred_at = event.received_at = at(day);
      event.user_segment = more.segment;
      event.source = more.source;
    }
    (void)warehouse_.load({events, {}, after, position_, {}}).value();
  }
  static Timestamp at(int day) { return Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 3 / day)); }

  Scope scope(model::Position as_of) const { return {project_, {at(1), at(31), TimeZone::find("UTC").value()}, as_of, at(31)}; }
  /// The numbers of users that were active before a day.
  std::vector<int> before(int day, const Scope& scope, const std::string& selector = "{'event':'view'}") {
    const auto body = JsonLiteral::read(selector);
    const auto events = ActiveEvents::of(scope, body, "").value();
    const auto before = times_.before(scope, events, at(day)).value();
    std::vector<int> users;
    for (int user = 1; user < 10; ++user) {
      if (before.has(user)) users.push_back(user);
    }
    return users;
  }
  std::vector<int> before(int day, const std::string& selector = "{'event':'view'}") { return before(day, scope(position_), selector); }
  /// How often the facts were read so far.
  std::size_t readings() const { return statements_with(statements_, "FROM fact_events"); }

  const model::Project project_;
  TempDir folder_;
  const std::string statements_ = folder_ / "statements";
  RecordedWarehouse warehouse_{duckdb::DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value(), statements_};
  FirstTimes times_{warehouse_, kPlenty};
  model::Position position_ = 0;
};

TEST_F(FirstTimesTest, WhatWasReadOnceIsNotReadAgain) {
  load("ann", 2);
  load("bob", 5);
  EXPECT_THAT(before(5), ElementsAre(1));
  const auto once = readings();
  EXPECT_THAT(before(5), ElementsAre(1));
  EXPECT_THAT(before(2), IsEmpty());
  EXPECT_THAT(before(3), ElementsAre(1));
  EXPECT_EQ(readings(), once);
  EXPECT_THAT(before(6), ElementsAre(1, 2));
  EXPECT_GT(readings(), once);
}

TEST_F(FirstTimesTest, AnEventThatComesLateCounts) {
  load("ann", 8);
  EXPECT_THAT(before(8), IsEmpty());
  load("ann", 3);
  EXPECT_THAT(before(8), ElementsAre(1));
  EXPECT_THAT(before(3), IsEmpty());
}

TEST_F(FirstTimesTest, AnOlderAnswerIsRepeatedWithoutWhatCameSince) {
  load("ann", 8);
  load("bob", 3);
  EXPECT_THAT(before(8), ElementsAre(2));
  EXPECT_THAT(before(8, scope(1)), IsEmpty());
  EXPECT_THAT(before(8), ElementsAre(2));
}

TEST_F(FirstTimesTest, EachConditionHasTimesOfItsOwn) {
  load("ann", 3, {.source = "web"});
  load("bob", 3, {.source = "app"});
  const std::string from = "{'event':'view','filters':[{'property':'source','value':'";
  EXPECT_THAT(before(4, from + "web'}]}"), ElementsAre(1));
  EXPECT_THAT(before(4, from + "app'}]}"), ElementsAre(2));
  EXPECT_THAT(before(4, "{'event':'click'}"), IsEmpty());
}

TEST_F(FirstTimesTest, WhatMayChangeIsNotRemembered) {
  load("ann", 3, {.segment = "trial"});
  const std::string trial = "{'event':'view','filters':[{'property':'user.segment','value':'trial'}]}";
  EXPECT_THAT(before(4, trial), ElementsAre(1));
  load("ann", 9, {.segment = "paid"});
  EXPECT_THAT(before(4, trial), IsEmpty());
}

TEST_F(FirstTimesTest, WhatWasAskedForLongestAgoIsForgotten) {
  constexpr std::size_t kUsers = 1000;
  std::vector<std::string> users;
  while (users.size() < kUsers) users.push_back("user " + std::to_string(users.size()));
  load(users, 3, {.source = "web"});
  FirstTimes times(warehouse_, 5 * kUsers * sizeof(std::int64_t) / 2);  // of two conditions
  const auto reads = [&](const std::string& selector) {
    const auto earlier = readings();
    const auto scope = this->scope(position_);
    EXPECT_TRUE(times.before(scope, ActiveEvents::of(scope, JsonLiteral::read(selector), "").value(), at(4))->has(kUsers));
    return readings() > earlier;
  };
  const std::string view = "{'event':'view'}", any = "{}", web = "{'filters':[{'property':'source','value':'web'}]}";
  EXPECT_TRUE(reads(view));
  EXPECT_TRUE(reads(any));
  EXPECT_FALSE(reads(view));
  EXPECT_TRUE(reads(web));
  EXPECT_FALSE(reads(view));
  EXPECT_TRUE(reads(any));
}

}  // namespace
}  // namespace spectrum::query
