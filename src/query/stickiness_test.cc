// What stickiness means, rule by rule.
#include "query/stickiness.h"

#include <gmock/gmock.h>

#include "tests/support/told_events.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StickinessTest : public testing::Test {
 protected:
  std::vector<std::int64_t> ask(const std::string& body, const std::string& from = "2026-03-02", const std::string& to = "2026-03-04") {
    return ask_stickiness(told_.warehouse(), told_.scope(from, to), JsonLiteral::read(body)).value().users;
  }

  ToldEvents told_;
};

TEST_F(StickinessTest, UsersCountByTheIntervalsInWhichTheyAreActive) {
  told_.add("often", "a", "02 10:00").add("often", "a", "03 10:00").add("often", "a", "04 10:00");
  told_.add("twice", "a", "02 10:00").add("twice", "a", "02 11:00").add("twice", "a", "04 10:00");
  told_.add("once", "a", "03 10:00").add("other", "b", "03 10:00");
  EXPECT_THAT(ask("{'event':'a'}"), ElementsAre(1, 1, 1));
  EXPECT_THAT(ask("{'event':'*'}"), ElementsAre(2, 1, 1));
}

TEST_F(StickinessTest, OnlyEventsOfTheRangeCount) {
  told_.add("u", "a", "01 10:00").add("u", "a", "02 10:00").add("u", "a", "05 10:00");
  EXPECT_THAT(ask("{}"), ElementsAre(1, 0, 0));
  told_.add("w", "a", "02 10:00").add("w", "a", "09 10:00");
  EXPECT_THAT(ask("{'interval':'week'}", "2026-03-04", "2026-03-10"), ElementsAre(2, 0));
}

TEST_F(StickinessTest, ActorsAreThoseOfSoManyIntervals) {
  told_.add("u", "a", "02 10:00").add("u", "a", "03 10:00").add("v", "a", "02 10:00");
  const auto actors = [&](const std::string& select) {
    return stickiness_actors(told_.warehouse(), told_.scope("2026-03-02", "2026-03-04"), JsonLiteral::read("{}"), JsonLiteral::read(select));
  };
  EXPECT_THAT(told_.names(actors("{'units':2}").value()), ElementsAre("u"));
  EXPECT_THAT(told_.names(actors("{'units':3}").value()), ElementsAre());
  EXPECT_THAT(actors("{'units':4}").error().message, HasSubstr("/select/units: must be a number from 1 to 3"));
}

}  // namespace
}  // namespace spectrum::query
