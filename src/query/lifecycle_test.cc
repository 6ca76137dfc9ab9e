// What a lifecycle means, rule by rule.
#include "query/lifecycle.h"

#include <gmock/gmock.h>

#include "tests/support/told_events.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LifecycleTest : public testing::Test {
 protected:
  Lifecycle ask(const std::string& body) { return ask_lifecycle(told_.warehouse(), scope(), JsonLiteral::read(body)).value(); }
  Scope scope() const { return told_.scope(from_, to_, zone_); }
  std::vector<std::string> actors(const std::string& select) {
    return told_.names(lifecycle_actors(told_.warehouse(), scope(), JsonLiteral::read("{'event':'a'}"), JsonLiteral::read(select)).value());
  }

  ToldEvents told_;
  std::string from_ = "2026-03-02";
  std::string to_ = "2026-03-05";
  std::string zone_ = "UTC";
};

TEST_F(LifecycleTest, EachUserIsInOneStateOfABucket) {
  told_.add("u", "a", "02 10:00").add("u", "a", "02 11:00").add("u", "a", "03 10:00").add("u", "a", "05 10:00");
  const auto lifecycle = ask("{'event':'a'}");
  EXPECT_EQ(lifecycle.buckets.front().label, "2026-03-02");
  EXPECT_THAT(lifecycle.fresh, ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(lifecycle.returning, ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(lifecycle.resurrecting, ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(lifecycle.dormant, ElementsAre(0, 0, 1, 0));
}

TEST_F(LifecycleTest, WhatLiesBeforeTheRangeIsLookedAt) {
  told_.add("day-before", "a", "01 10:00").add("day-before", "a", "02 10:00");
  told_.add("gone", "a", "01 10:00");
  told_.add("long-ago", "a", "2025-01-01T00:00:00Z").add("long-ago", "a", "02 10:00");
  const auto lifecycle = ask("{'event':'a'}");
  EXPECT_THAT(lifecycle.fresh, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(lifecycle.returning, ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(lifecycle.resurrecting, ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(lifecycle.dormant, ElementsAre(1, 2, 0, 0));
}

TEST_F(LifecycleTest, BucketsAreWholeWhereTheRangeCutsThem) {
  told_.add("u", "a", "02 10:00").add("v", "a", "15 10:00");
  from_ = "2026-03-04";
  to_ = "2026-03-10";
  const auto lifecycle = ask("{'event':'a','interval':'week'}");
  EXPECT_EQ(lifecycle.buckets.front().label, "2026-03-02");
  EXPECT_THAT(lifecycle.fresh, ElementsAre(1, 1));
  EXPECT_THAT(lifecycle.dormant, ElementsAre(0, 1));
}

TEST_F(LifecycleTest, OnlyMatchingEventsMakeAUserActive) {
  told_.add("u", "a", "02 10:00").add("u", "b", "03 10:00").add("u", "a", "03 11:00", {.source = "bot"});
  EXPECT_THAT(ask("{'event':'a','filters':[{'property':'source','op':'ne','value':'bot'}]}").dormant, ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(ask("{}").returning, ElementsAre(0, 1, 0, 0));
}

TEST_F(LifecycleTest, HoursAreThoseOfTheClock) {
  from_ = "2026-03-02T10:00:00Z";
  to_ = "2026-03-02T12:00:00Z";
  told_.add("u", "a", "09:59").add("u", "a", "10:00").add("u", "a", "11:59");
  const auto lifecycle = ask("{'interval':'hour'}");
  EXPECT_THAT(lifecycle.returning, ElementsAre(1, 1));
}

TEST_F(LifecycleTest, ActorsAreThoseInAState) {
  told_.add("u", "a", "02 10:00").add("u", "a", "03 10:00").add("v", "a", "02 10:00");
  EXPECT_THAT(actors("{'bucket':'2026-03-02','state':'new'}"), ElementsAre("u", "v"));
  EXPECT_THAT(actors("{'bucket':'2026-03-03','state':'returning'}"), ElementsAre("u"));
  EXPECT_THAT(actors("{'bucket':'2026-03-03','state':'dormant'}"), ElementsAre("v"));
  EXPECT_THAT(actors("{'bucket':'2026-03-03','state':'resurrecting'}"), ElementsAre());
}

TEST_F(LifecycleTest, ARefusalSaysWhereAndWhatIsAllowed) {
  const auto refusal = [&](const std::string& body, const std::string& select) {
    const auto answer = lifecycle_actors(told_.warehouse(), scope(), JsonLiteral::read(body), JsonLiteral::read(select));
    return answer.ok() ? "taken" : answer.error().message;
  };
  EXPECT_THAT(refusal("{'events':'a'}", "{}"), HasSubstr("did you mean 'event'?"));
  EXPECT_THAT(refusal("{'interval':'year'}", "{}"), HasSubstr("/interval: "));
  EXPECT_THAT(refusal("{}", "{'bucket':'2026-03-02','state':'old'}"), HasSubstr("/select/state: must be new, returning, resurrecting or dormant"));
  EXPECT_THAT(refusal("{}", "{'bucket':'2026-03-01','state':'new'}"), HasSubstr("/select/bucket: must be one of the buckets, from 2026-03-02 to 2026-03-05"));
}

}  // namespace
}  // namespace spectrum::query
