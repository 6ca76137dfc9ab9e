// What a funnel means, rule by rule.
#include "query/funnel.h"

#include <gmock/gmock.h>

#include "tests/support/told_events.h"

namespace spectrum::query {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

class FunnelTest : public testing::Test {
 protected:
  Funnel ask(const std::string& body) { return ask_funnel(told_.warehouse(), told_.scope(), JsonLiteral::read(body)).value(); }
  static std::vector<std::int64_t> counts(const std::vector<Funnel::Step>& steps) {
    std::vector<std::int64_t> counts;
    for (const auto& step : steps) counts.push_back(step.count);
    return counts;
  }
  std::vector<std::int64_t> counts(const std::string& body) { return counts(ask(body).steps); }
  std::string refusal(const std::string& body) {
    const auto answer = ask_funnel(told_.warehouse(), told_.scope(), JsonLiteral::read(body));
    return answer.ok() ? "taken" : answer.error().message;
  }
  std::vector<std::string> actors(const std::string& body, const std::string& select) {
    return told_.names(
        funnel_actors(told_.warehouse(), told_.scope(), JsonLiteral::read(body), JsonLiteral::read(select)).value());
  }

  ToldEvents told_;
};

TEST_F(FunnelTest, OtherEventsBetweenStepsAreAllowed) {
  told_.add("u", "a", "10:00").add("u", "x", "10:01").add("u", "b", "10:02").add("u", "x", "10:03").add("u", "c", "10:04");
  told_.add("v", "a", "10:00").add("v", "c", "10:01").add("v", "b", "10:02").add("w", "b", "10:00");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}]}"), ElementsAre(2, 2, 1));
}

TEST_F(FunnelTest, OneEventServesOneStepOnly) {
  told_.add("once", "a", "10:00").add("twice", "a", "10:00").add("twice", "a", "10:01");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'a'}]}"), ElementsAre(2, 1));
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'a'}],'order':'any'}"), ElementsAre(2, 1));
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'a'}],'order':'strict'}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, EventsOfOneTimeAreInTheOrderOfTheirPositions) {
  told_.add("u", "a", "10:00").add("u", "b", "10:00").add("v", "b", "10:00").add("v", "a", "10:00");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}]}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, AnEventThatCameLateIsInItsPlace) {
  told_.add("u", "b", "10:01").add("u", "a", "10:00");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}]}"), ElementsAre(1, 1));
}

TEST_F(FunnelTest, FactsLieInAnyOrder) {
  told_.add("u", "a", "10:00").add("v", "a", "10:00").add("u", "b", "10:00").add("v", "b", "10:00");
  const std::string body = "{'steps':[{'event':'a'},{'event':'b'}]}";
  EXPECT_THAT(counts(body), ElementsAre(2, 2));
  told_.rebuild();
  const auto positions = told_.warehouse().query("SELECT seq FROM fact_events").value();
  EXPECT_EQ(std::get<std::int64_t>(positions.rows.at(0).at(0)), 3);
  EXPECT_THAT(counts(body), ElementsAre(2, 2));
}

TEST_F(FunnelTest, EveryStepIsWithinTheWindowOfTheFirst) {
  told_.add("exact", "a", "10:00").add("exact", "b", "10:30").add("exact", "c", "11:00");
  told_.add("over", "a", "10:00").add("over", "b", "10:30").add("over", "c", "11:00:01");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}],'window':'1h'}"), ElementsAre(2, 2, 1));
}

TEST_F(FunnelTest, ALaterAttemptMayReachWhatTheFirstCannot) {
  told_.add("u", "a", "10:00").add("u", "a", "10:50").add("u", "b", "10:55").add("u", "c", "11:30");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}],'window':'1h'}"), ElementsAre(1, 1, 1));
}

TEST_F(FunnelTest, StepsAfterTheFirstMayLieBehindTheRange) {
  told_.add("u", "a", "2026-03-31T23:59:59Z").add("u", "b", "2026-04-01T12:00:00Z");
  told_.add("v", "a", "2026-04-01T00:00:00Z").add("v", "b", "2026-04-01T12:00:00Z");
  told_.add("w", "b", "2026-03-31T23:00:00Z").add("w", "a", "2026-04-01T12:00:00Z");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'window':'1d'}"), ElementsAre(1, 1));
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'window':'1d','order':'strict'}"), ElementsAre(1, 1));
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'window':'1d','order':'any'}"), ElementsAre(2, 2));
}

TEST_F(FunnelTest, OfAttemptsOfOneDepthTheOneThatCompletesFirstCounts) {
  told_.add("u", "a", "10:00").add("u", "b", "10:05").add("u", "a", "11:00").add("u", "b", "11:01");
  EXPECT_THAT(ask("{'steps':[{'event':'a'},{'event':'b'}]}").steps[1].median_s, Optional(DoubleEq(300)));
}

TEST_F(FunnelTest, OfThoseThatCompleteTogetherTheOneThatStartedLastCounts) {
  told_.add("u", "a", "10:00").add("u", "a", "10:03").add("u", "b", "10:05");
  EXPECT_THAT(ask("{'steps':[{'event':'a'},{'event':'b'}]}").steps[1].median_s, Optional(DoubleEq(120)));
}

TEST_F(FunnelTest, StrictAllowsNoOtherEventBetweenSteps) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01").add("v", "a", "10:00").add("v", "x", "10:01").add("v", "b", "10:02");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'order':'strict'}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, WhatFiltersTakeAwayIsNoOtherEvent) {
  told_.add("v", "a", "10:00").add("v", "x", "10:01").add("v", "b", "10:02");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'order':'strict',"
                     "'filters':[{'property':'event_type','op':'ne','value':'x'}]}"), ElementsAre(1, 1));
}

TEST_F(FunnelTest, AnyOrderCountsDistinctSteps) {
  told_.add("u", "c", "10:00").add("u", "a", "10:01").add("u", "c", "10:02").add("v", "b", "10:00");
  const auto funnel = ask("{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}],'order':'any'}");
  EXPECT_THAT(counts(funnel.steps), ElementsAre(2, 1, 0));
  EXPECT_EQ(funnel.steps[1].median_s, std::nullopt);
  EXPECT_EQ(funnel.steps[1].p90_s, std::nullopt);
}

TEST_F(FunnelTest, AnyOrderServesTheFirstListedStepThatIsOpen) {
  told_.add("u", "a", "10:00").add("u", "a", "10:01").add("v", "a", "10:00").add("v", "b", "10:01");
  // v's first event serves the step of any event, so that none is left for b.
  EXPECT_THAT(counts("{'steps':[{'event':'*'},{'event':'a'}],'order':'any'}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, AnyOrderKeepsItsWindowFromTheFirstStepDone) {
  told_.add("u", "b", "10:00").add("u", "a", "11:00").add("v", "b", "10:00").add("v", "a", "11:00:01");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'order':'any','window':'1h'}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, AnExcludedEventEndsAnAttemptAtItsDepth) {
  told_.add("u", "a", "10:00").add("u", "x", "10:01").add("u", "b", "10:02");
  told_.add("v", "a", "10:00").add("v", "b", "10:01").add("v", "x", "10:02").add("v", "c", "10:03");
  const std::string steps = "'steps':[{'event':'a'},{'event':'b'},{'event':'c'}]";
  EXPECT_THAT(counts("{" + steps + ",'exclude':[{'event':'x','between':[1,2]}]}"), ElementsAre(2, 1, 1));
  EXPECT_THAT(counts("{" + steps + ",'exclude':[{'event':'x','between':[2,3]}]}"), ElementsAre(2, 2, 0));
  EXPECT_THAT(counts("{" + steps + ",'exclude':[{'event':'x','between':[1,3]}]}"), ElementsAre(2, 1, 0));
}

TEST_F(FunnelTest, AnAttemptAfterTheExcludedEventIsFree) {
  told_.add("u", "a", "10:00").add("u", "x", "10:01").add("u", "a", "10:02").add("u", "b", "10:03");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'exclude':[{'event':'x','between':[1,2]}]}"), ElementsAre(1, 1));
}

TEST_F(FunnelTest, AnEventThatServesTheNextStepIsNoExclusion) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'exclude':[{'event':'*','between':[1,2]}]}"), ElementsAre(1, 1));
}

TEST_F(FunnelTest, HeldValuesStayTheSameInAnAttempt) {
  told_.add("u", "a", "10:00", {.sku = "1"}).add("u", "b", "10:01", {.sku = "2"});
  told_.add("v", "a", "10:00", {.sku = "1"}).add("v", "a", "10:01", {.sku = "2"}).add("v", "b", "10:02", {.sku = "1"});
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'hold':['product.sku']}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, AnEventWithoutTheHeldValueMatchesNoStep) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01");
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'hold':['product.sku']}"), ElementsAre(0, 0));
}

TEST_F(FunnelTest, WithHoldOnlyAnExclusionOfTheSameValuesCounts) {
  told_.add("u", "a", "10:00", {.sku = "1"}).add("u", "x", "10:01", {.sku = "2"}).add("u", "x", "10:01").add("u", "b", "10:02", {.sku = "1"});
  told_.add("v", "a", "10:00", {.sku = "1"}).add("v", "x", "10:01", {.sku = "1"}).add("v", "b", "10:02", {.sku = "1"});
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'hold':['product.sku'],'exclude':[{'event':'x','between':[1,2]}]}"),
              ElementsAre(2, 1));
}

TEST_F(FunnelTest, InStrictOrderAnEventOfAnotherValueIsAnOtherEvent) {
  told_.add("u", "a", "10:00", {.sku = "1"}).add("u", "a", "10:01", {.sku = "2"}).add("u", "b", "10:02", {.sku = "1"});
  told_.add("v", "a", "10:00", {.sku = "1"}).add("v", "b", "10:02", {.sku = "1"});
  EXPECT_THAT(counts("{'steps':[{'event':'a'},{'event':'b'}],'hold':['product.sku'],'order':'strict'}"), ElementsAre(2, 1));
}

TEST_F(FunnelTest, SessionsAreCountedEachByItself) {
  told_.add("u", "a", "10:00", {.session = "1"}).add("u", "b", "10:01", {.session = "1"});
  told_.add("u", "a", "11:00", {.session = "2"}).add("u", "b", "11:01", {.session = "3"}).add("v", "a", "10:00");
  const std::string body = "{'steps':[{'event':'a'},{'event':'b'}],'count':'sessions'}";
  EXPECT_THAT(counts(body), ElementsAre(2, 1));
  EXPECT_THAT(actors(body, "{'step':1,'outcome':'reached'}"), ElementsAre("u"));
}

TEST_F(FunnelTest, SharesAreOfTheFirstAndThePreviousStep) {
  for (const std::string user : {"1", "2", "3", "4"}) told_.add(user, "a", "10:00");
  told_.add("1", "b", "10:01").add("2", "b", "10:01").add("1", "c", "10:02");
  const auto steps = ask("{'steps':[{'event':'a'},{'event':'b','name':'second'},{'event':'c'},{'event':'d'},{'event':'e'}]}").steps;
  EXPECT_EQ(steps[1].name, "second");
  EXPECT_THAT(steps[0].of_first, Optional(1.0));
  EXPECT_EQ(steps[0].of_previous, std::nullopt);
  EXPECT_EQ(steps[0].dropped, 0);
  EXPECT_THAT(steps[2].of_first, Optional(0.25));
  EXPECT_THAT(steps[2].of_previous, Optional(0.5));
  EXPECT_EQ(steps[2].dropped, 1);
  EXPECT_THAT(steps[3].of_previous, Optional(0.0));
  EXPECT_EQ(steps[4].of_previous, std::nullopt);
  EXPECT_THAT(steps[4].of_first, Optional(0.0));
}

TEST_F(FunnelTest, TimesInterpolateLinearly) {
  told_.add("1", "a", "10:00:00").add("1", "b", "10:00:10");
  told_.add("2", "a", "10:00:00").add("2", "b", "10:00:20");
  told_.add("3", "a", "10:00:00").add("3", "b", "10:00:40");
  told_.add("4", "a", "10:00:00").add("4", "b", "10:01:20");
  const auto steps = ask("{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}]}").steps;
  EXPECT_EQ(steps[0].median_s, std::nullopt);
  EXPECT_THAT(steps[1].median_s, Optional(DoubleEq(30)));
  EXPECT_THAT(steps[1].p90_s, Optional(DoubleEq(68)));
  EXPECT_EQ(steps[2].median_s, std::nullopt);
}

TEST_F(FunnelTest, TheHistogramGoesAsFarAsTheWindow) {
  told_.add("0", "a", "10:00:00").add("0", "b", "10:00:00").add("9", "a", "10:00:00").add("9", "b", "10:00:09");
  told_.add("10", "a", "10:00:00").add("10", "b", "10:00:10").add("end", "a", "10:00:00").add("end", "b", "11:30:00");
  told_.add("half", "a", "10:00");
  const auto bins = ask("{'steps':[{'event':'a'},{'event':'b'}],'window':'90m'}").histogram;
  const std::vector<double> edges = {0, 10, 60, 600, 3600, 5400};
  const std::vector<std::int64_t> wanted = {2, 1, 0, 0, 1};
  ASSERT_EQ(bins.size(), wanted.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    EXPECT_EQ(bins[i].from_s, edges[i]);
    EXPECT_EQ(bins[i].to_s, edges[i + 1]);
    EXPECT_EQ(bins[i].count, wanted[i]) << i;
  }
}

TEST_F(FunnelTest, ABreakdownValueIsThatOfTheAttributedStep) {
  told_.add("u", "a", "10:00", {.source = "x"}).add("u", "b", "10:01", {.source = "y"}).add("v", "a", "10:00");
  const auto rows = [&](const std::string& attribution) {
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> all;
    const auto funnel = ask("{'steps':[{'event':'a'},{'event':'b'}],'breakdown':['source'],'attribution':'" + attribution + "'}");
    for (const auto& row : *funnel.breakdown) all.emplace_back(row.breakdown.at(0), counts(row.steps));
    return all;
  };
  using Row = std::pair<std::string, std::vector<std::int64_t>>;
  EXPECT_THAT(rows("first"), ElementsAre(Row{"$none", {1, 0}}, Row{"x", {1, 1}}));
  EXPECT_THAT(rows("last"), ElementsAre(Row{"$none", {1, 0}}, Row{"y", {1, 1}}));
  EXPECT_THAT(rows("step:2"), ElementsAre(Row{"$none", {1, 0}}, Row{"y", {1, 1}}));
}

TEST_F(FunnelTest, WhatIsNotAmongTheTopIsComputedTogether) {
  for (const std::string user : {"1", "2", "3"}) told_.add(user, "a", "10:00", {.source = "big"});
  told_.add("4", "a", "10:00:00", {.source = "b"}).add("4", "b", "10:00:10");
  told_.add("5", "a", "10:00:00", {.source = "a"}).add("5", "b", "10:00:30");
  told_.add("6", "a", "10:00:00", {.source = "c"});
  const std::string body = "{'steps':[{'event':'a'},{'event':'b'}],'breakdown':['source','event_type'],'top':2}";
  const auto rows = *ask(body).breakdown;
  ASSERT_EQ(rows.size(), 3);
  EXPECT_THAT(rows[0].breakdown, ElementsAre("big", "a"));
  EXPECT_THAT(rows[1].breakdown, ElementsAre("a", "a"));
  EXPECT_THAT(rows[2].breakdown, ElementsAre("$other", "$other"));
  EXPECT_EQ(rows[1].other_values, std::nullopt);
  EXPECT_EQ(rows[2].other_values, 2);
  EXPECT_THAT(counts(rows[2].steps), ElementsAre(2, 1));
  EXPECT_THAT(rows[2].steps[1].median_s, Optional(DoubleEq(10)));
  EXPECT_THAT(actors(body, "{'step':1,'outcome':'reached','breakdown':['$other','$other']}"), ElementsAre("4", "6"));
}

TEST_F(FunnelTest, ADollarNoneThatWasSentIsCountedWithWhatIsAbsent) {
  told_.add("1", "a", "10:00", {.source = "$none"}).add("2", "a", "10:00").add("3", "a", "10:00", {.source = "x"});
  const std::string body = "{'steps':[{'event':'a'},{'event':'b'}],'breakdown':['source'],'top':1}";
  const auto rows = *ask(body).breakdown;
  ASSERT_EQ(rows.size(), 2);
  EXPECT_THAT(rows[0].breakdown, ElementsAre("$none"));
  EXPECT_THAT(counts(rows[0].steps), ElementsAre(2, 0));
  EXPECT_THAT(actors(body, "{'step':1,'outcome':'reached','breakdown':['$none']}"), ElementsAre("1", "2"));
}

TEST_F(FunnelTest, ActorsAreThoseWhoReachedOrDropped) {
  told_.add("1", "a", "10:00").add("2", "a", "10:00").add("2", "b", "10:01").add("3", "a", "10:00").add("3", "b", "10:01");
  told_.add("3", "c", "10:02");
  const std::string body = "{'steps':[{'event':'a'},{'event':'b'},{'event':'c'}]}";
  EXPECT_THAT(actors(body, "{'step':2,'outcome':'reached'}"), ElementsAre("2", "3"));
  EXPECT_THAT(actors(body, "{'step':2,'outcome':'dropped'}"), ElementsAre("1"));
  EXPECT_THAT(actors(body, "{'step':3,'outcome':'dropped'}"), ElementsAre("2"));
  EXPECT_THAT(actors(body, "{'step':1,'outcome':'dropped'}"), ElementsAre());
}

TEST_F(FunnelTest, NobodyIsAnAnswer) {
  const auto funnel = ask("{'steps':[{'event':'a'},{'event':'b'}],'breakdown':['source']}");
  EXPECT_THAT(counts(funnel.steps), ElementsAre(0, 0));
  EXPECT_EQ(funnel.steps[1].of_first, std::nullopt);
  EXPECT_TRUE(funnel.breakdown->empty());
}

TEST_F(FunnelTest, WhatDoesNotFitIntoMemoryIsReadInParts) {
  for (int i = 0; i < 3000; ++i) told_.add(std::to_string(i % 50), i % 2 == 0 ? "a" : "b", "10:00");
  const auto body = JsonLiteral::read("{'steps':[{'event':'a'},{'event':'a'}]}");
  auto scope = told_.scope();
  scope.memory_bytes = 200'000;
  EXPECT_THAT(counts(ask_funnel(told_.warehouse(), scope, body).value().steps), ElementsAre(25, 25));
  scope.memory_bytes = 1000;
  EXPECT_EQ(ask_funnel(told_.warehouse(), scope, body).error().code, Errc::invalid);
}

TEST_F(FunnelTest, WhatNeverFitsIntoMemoryIsRefusedWithTheLimit) {
  for (int i = 0; i < 2000; ++i) told_.add("u", "a", "10:00", {.source = "value " + std::to_string(i)});
  auto scope = told_.scope();
  scope.memory_bytes = 20'000;
  for (const char* const body : {"{'steps':[{'event':'a'},{'event':'b'}]}", "{'steps':[{'event':'a'},{'event':'b'}],'breakdown':['source']}"}) {
    const auto refused = ask_funnel(told_.warehouse(), scope, JsonLiteral::read(body)).error();
    EXPECT_EQ(refused.code, Errc::invalid);
    EXPECT_THAT(refused.message, HasSubstr("question-memory"));
  }
}

TEST_F(FunnelTest, ARefusalSaysWhereAndWhatIsAllowed) {
  const std::string steps = "'steps':[{'event':'a'},{'event':'b'}]";
  EXPECT_THAT(refusal("{}"), HasSubstr("/steps: must be a list of 2 to 20 steps"));
  EXPECT_THAT(refusal("{'steps':[{'event':'a'}]}"), HasSubstr("/steps: "));
  EXPECT_THAT(refusal("{'steps':[{'event':'a'},{'event':''}]}"), HasSubstr("/steps/1/event: must be an event type, or * for any"));
  EXPECT_THAT(refusal("{'steps':[{'event':'a'},{'evnt':'b'}]}"), HasSubstr("/steps/1/evnt: is no field here; did you mean 'event'?"));
  EXPECT_THAT(refusal("{" + steps + ",'window':'400d'}"), HasSubstr("/window: must be a number and a unit (s, m, h, d, w) such as 7d, from 1s to 366d"));
  EXPECT_THAT(refusal("{" + steps + ",'window':'0s'}"), HasSubstr("/window: "));
  EXPECT_THAT(refusal("{" + steps + ",'order':'some'}"), HasSubstr("/order: must be ordered, strict or any"));
  EXPECT_THAT(refusal("{" + steps + ",'count':'events'}"), HasSubstr("/count: must be users or sessions"));
  EXPECT_THAT(refusal("{" + steps + ",'attribution':'step:3'}"), HasSubstr("/attribution: must be first, last or step:N with N from 1 to 2"));
  EXPECT_THAT(refusal("{" + steps + ",'exclude':[{'event':'x'}]}"), HasSubstr("/exclude/0/between: must be two steps [i, j] with 1 <= i < j <= 2"));
  EXPECT_THAT(refusal("{" + steps + ",'exclude':[{'event':'x','between':[2,1]}]}"), HasSubstr("/exclude/0/between: "));
  EXPECT_THAT(refusal("{" + steps + ",'order':'any','exclude':[{'event':'x','between':[1,2]}]}"), HasSubstr("/exclude: goes with the order 'ordered' only"));
  EXPECT_THAT(refusal("{" + steps + ",'order':'strict','exclude':[{'event':'x','between':[1,2]}]}"), HasSubstr("/exclude: "));
  EXPECT_THAT(refusal("{" + steps + ",'breakdown':['a','b','c','d']}"), HasSubstr("/breakdown: must be a list of 1 to 3 properties"));
  EXPECT_THAT(refusal("{" + steps + ",'top':0}"), HasSubstr("/top: must be a number from 1 to 100"));
  EXPECT_THAT(refusal("{" + steps + ",'hold':'sku'}"), HasSubstr("/hold: must be a list of at most 3 properties"));
  EXPECT_THAT(refusal("{" + steps + ",'filters':[{'property':'a','op':'is','value':1}]}"), HasSubstr("/filters/0/op: "));
  EXPECT_THAT(refusal("{" + steps + ",'windw':'7d'}"), HasSubstr("did you mean 'window'?"));
}

TEST_F(FunnelTest, ASelectionOfPeopleThatIsNoneIsRefused) {
  const auto refusal_of = [&](const std::string& select) {
    const auto body = JsonLiteral::read("{'steps':[{'event':'a'},{'event':'b'}]}");
    const auto answer = funnel_actors(told_.warehouse(), told_.scope(), body, JsonLiteral::read(select));
    return answer.ok() ? "taken" : answer.error().message;
  };
  EXPECT_THAT(refusal_of("{'step':3}"), HasSubstr("/select/step: must be a step from 1 to 2"));
  EXPECT_THAT(refusal_of("{'step':1,'outcome':'left'}"), HasSubstr("/select/outcome: must be reached or dropped"));
  EXPECT_THAT(refusal_of("{'step':1,'breakdown':['x']}"), HasSubstr("/select/breakdown: the question has no breakdown"));
}

}  // namespace
}  // namespace spectrum::query
