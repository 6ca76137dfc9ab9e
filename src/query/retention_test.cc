// What retention means, rule by rule.
#include "query/retention.h"

#include <gmock/gmock.h>

#include "tests/support/told_events.h"

namespace spectrum::query {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

class RetentionTest : public testing::Test {
 protected:
  Retention ask(const std::string& body) { return ask_retention(told_.warehouse(), scope(), JsonLiteral::read(body)).value(); }
  /// `2026-03-02 2: 2 1 0`, a line for each cohort.
  static std::vector<std::string> lines(const Retention::Table& table) {
    std::vector<std::string> lines;
    for (const auto& cohort : table.cohorts) {
      std::string line = cohort.start + " " + std::to_string(cohort.size) + ":";
      for (const auto& cell : cohort.cells) line += " " + std::to_string(cell.count);
      lines.push_back(line);
    }
    return lines;
  }
  std::vector<std::string> lines(const std::string& body) { return lines(ask(body).table); }
  std::vector<std::string> actors(const std::string& body, const std::string& select) {
    return told_.names(
        retention_actors(told_.warehouse(), scope(), JsonLiteral::read(body), JsonLiteral::read(select)).value());
  }
  std::string refusal(const std::string& body, const std::string& select = "") {
    if (!select.empty()) {
      const auto answer = retention_actors(told_.warehouse(), scope(), JsonLiteral::read(body), JsonLiteral::read(select));
      return answer.ok() ? "taken" : answer.error().message;
    }
    const auto answer = ask_retention(told_.warehouse(), scope(), JsonLiteral::read(body));
    return answer.ok() ? "taken" : answer.error().message;
  }

  Scope scope() const { return told_.scope(asked_.from, asked_.to, asked_.zone, asked_.now); }

  ToldEvents told_;
  struct {
    std::string from = "2026-03-02";
    std::string to = "2026-03-08";
    std::string zone = "UTC";
    std::string now = "2026-06-01T00:00:00Z";
  } asked_;
};

const std::string kViews = "'start':{'event':'view'},'return':{'event':'view'},'periods':3";
const std::string kSignups = "'start':{'event':'signup'},'return':{'event':'view'},'periods':3";

TEST_F(RetentionTest, AUsersFirstEventEverMakesTheCohort) {
  told_.add("old", "view", "01 10:00").add("old", "view", "02 10:00").add("old", "view", "03 10:00");
  told_.add("new", "view", "02 10:00").add("new", "view", "03 10:00").add("new", "view", "04 10:00");
  for (const std::string same : {"", ",'breakdown':['source']"}) {
    EXPECT_THAT(lines("{" + kViews + same + "}"), ElementsAre("2026-03-02 1: 1 1 1"));
  }
}

TEST_F(RetentionTest, RecurringUsersAreInTheCohortOfEveryBucket) {
  told_.add("old", "view", "01 10:00").add("old", "view", "02 10:00").add("old", "view", "03 10:00");
  told_.add("new", "view", "02 10:00").add("new", "view", "04 10:00");
  for (const std::string same : {"", ",'breakdown':['source']"}) {
    EXPECT_THAT(lines("{" + kViews + ",'cohort':'recurring'" + same + "}"),
                ElementsAre("2026-03-02 2: 2 1 1", "2026-03-03 1: 1 0 0", "2026-03-04 1: 1 0 0"));
  }
}

TEST_F(RetentionTest, AReturnComesAfterItsStart) {
  told_.add("before", "view", "02 09:00").add("before", "signup", "02 10:00");
  told_.add("after", "signup", "02 10:00").add("after", "view", "02 10:00").add("after", "view", "04 09:00");
  EXPECT_THAT(lines("{" + kSignups + "}"), ElementsAre("2026-03-02 2: 1 0 1"));
  EXPECT_THAT(lines("{" + kSignups + ",'bracket':'rolling'}"), ElementsAre("2026-03-02 2: 1 1 0"));
}

TEST_F(RetentionTest, OneEventIsNoReturnToItselfWhenTheSelectorsDiffer) {
  told_.add("u", "view", "02 10:00");
  EXPECT_THAT(lines("{'start':{'event':'view'},'return':{'event':'*'},'periods':1}"), ElementsAre("2026-03-02 1: 0"));
}

TEST_F(RetentionTest, CellZeroIsTheSizeWhenTheSelectorsAreEqual) {
  told_.add("u", "view", "02 10:00");
  EXPECT_THAT(lines("{'start':{'event':'view'},'return':{'event':'view','filters':[]},'periods':2}"), ElementsAre("2026-03-02 1: 1 0"));
  EXPECT_THAT(lines("{" + kViews + ",'bracket':'rolling'}"), ElementsAre("2026-03-02 1: 1 0 0"));
}

TEST_F(RetentionTest, RollingPeriodsBeginWithTheStart) {
  told_.add("u", "view", "02 23:00").add("u", "view", "03 01:00").add("v", "view", "02 10:00").add("v", "view", "03 10:00");
  EXPECT_THAT(lines("{" + kViews + "}"), ElementsAre("2026-03-02 2: 2 2 0"));
  EXPECT_THAT(lines("{" + kViews + ",'bracket':'rolling'}"), ElementsAre("2026-03-02 2: 2 1 0"));
}

TEST_F(RetentionTest, ReturnsMayLieBehindTheRange) {
  told_.add("u", "view", "08 10:00").add("u", "view", "10 10:00");
  EXPECT_THAT(lines("{" + kViews + "}"), ElementsAre("2026-03-08 1: 1 0 1"));
  EXPECT_THAT(lines("{" + kViews + ",'bracket':'rolling'}"), ElementsAre("2026-03-08 1: 1 0 1"));
}

TEST_F(RetentionTest, StartsLieInTheRangeEvenWhereItCutsABucket) {
  asked_.from = "2026-03-04";
  asked_.to = "2026-03-10T12:00:00Z";
  told_.add("early", "view", "02 10:00").add("early", "view", "05 10:00").add("late", "view", "10 13:00");
  told_.add("in", "view", "04 10:00").add("in", "view", "11 10:00");
  const std::string weekly = "'start':{'event':'view'},'return':{'event':'view'},'periods':2,'interval':'week'";
  EXPECT_THAT(lines("{" + weekly + "}"), ElementsAre("2026-03-02 1: 1 1"));
  EXPECT_THAT(lines("{" + weekly + ",'cohort':'recurring'}"), ElementsAre("2026-03-02 2: 2 1"));
}

TEST_F(RetentionTest, OnOrAfterCountsTheCellOrAnyLaterOne) {
  told_.add("u", "view", "02 10:00").add("u", "view", "04 10:00").add("v", "view", "02 10:00").add("v", "view", "05 10:00");
  for (const std::string same : {"", ",'breakdown':['source']"}) {
    EXPECT_THAT(lines("{" + kViews + ",'mode':'on_or_after'" + same + "}"), ElementsAre("2026-03-02 2: 2 1 1"));
  }
}

TEST_F(RetentionTest, ACellIsCompleteWhenItsTimeIsOverForTheWholeCohort) {
  told_.add("u", "view", "02 10:00");
  asked_.now = "2026-03-05T00:00:00Z";
  const auto complete = [&](const std::string& more) {
    std::string text;
    const auto retention = ask("{" + kViews + more + "}");
    for (const auto& cell : retention.table.cohorts.at(0).cells) text += cell.is_complete ? "y" : "n";
    return text;
  };
  EXPECT_EQ(complete(""), "yyy");
  EXPECT_EQ(complete(",'mode':'on_or_after'"), "yyy");
  EXPECT_EQ(complete(",'bracket':'rolling'"), "yyn");
  asked_.now = "2026-03-04T23:59:59Z";
  EXPECT_EQ(complete(""), "yyn");
  EXPECT_EQ(complete(",'bracket':'rolling'"), "ynn");
}

TEST_F(RetentionTest, TheMeanIsWeightedAndOverCompleteCellsOnly) {
  told_.add("1", "view", "02 10:00").add("1", "view", "03 10:00").add("2", "view", "02 10:00").add("3", "view", "02 10:00");
  told_.add("4", "view", "03 10:00").add("4", "view", "04 10:00").add("5", "view", "05 10:00").add("5", "view", "06 10:00");
  asked_.now = "2026-03-06T00:00:00Z";
  const auto mean = ask("{" + kViews + "}").table.mean;
  EXPECT_THAT(mean[1].rate, Optional(DoubleEq(2.0 / 4)));
  EXPECT_EQ(mean[1].cohorts, 2);
  asked_.now = "2026-03-02T12:00:00Z";
  const auto none = ask("{" + kViews + "}").table.mean;
  EXPECT_EQ(none[0].rate, std::nullopt);
  EXPECT_EQ(none[0].cohorts, 0);
}

TEST_F(RetentionTest, TheBreakdownIsThatOfTheFirstStartInTheCohort) {
  told_.add("u", "view", "02 10:00", {.source = "web"}).add("u", "view", "02 11:00", {.source = "app"}).add("u", "view", "03 10:00", {.source = "app"});
  told_.add("v", "view", "02 10:00");
  const std::string body = "{" + kViews + ",'cohort':'recurring','breakdown':['source']}";
  const auto rows = *ask(body).breakdown;
  ASSERT_EQ(rows.size(), 3);
  EXPECT_THAT(rows[0].breakdown, ElementsAre("$none"));
  EXPECT_THAT(lines(rows[0].table), ElementsAre("2026-03-02 1: 1 0 0"));
  EXPECT_THAT(rows[1].breakdown, ElementsAre("app"));
  EXPECT_THAT(lines(rows[1].table), ElementsAre("2026-03-03 1: 1 0 0"));
  EXPECT_THAT(rows[2].breakdown, ElementsAre("web"));
  EXPECT_THAT(lines(rows[2].table), ElementsAre("2026-03-02 1: 1 1 0"));
  EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1,'breakdown':['web']}"), ElementsAre("u"));
  EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1,'breakdown':['app']}"), ElementsAre());
}

TEST_F(RetentionTest, WhoDidNotComeBackIsLost) {
  told_.add("u", "view", "02 10:00", {.source = "web"}).add("u", "view", "03 10:00");
  told_.add("v", "view", "02 10:00", {.source = "web"}).add("v", "view", "04 10:00");
  told_.add("w", "view", "02 10:00");
  told_.add("x", "view", "03 10:00");
  for (const std::string same : {"", ",'breakdown':['source']"}) {
    const std::string body = "{" + kViews + same + "}";
    EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1}"), ElementsAre("u"));
    EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1,'outcome':'returned'}"), ElementsAre("u"));
    EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1,'outcome':'lost'}"), ElementsAre("v", "w"));
    EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':0,'outcome':'lost'}"), ElementsAre());
  }
  EXPECT_THAT(actors("{" + kViews + ",'mode':'on_or_after'}", "{'cohort':'2026-03-02','n':1,'outcome':'lost'}"), ElementsAre("w"));
  EXPECT_THAT(actors("{" + kViews + ",'breakdown':['source']}", "{'cohort':'2026-03-02','n':1,'outcome':'lost','breakdown':['web']}"), ElementsAre("v"));
  EXPECT_THAT(refusal("{" + kViews + "}", "{'cohort':'2026-03-02','n':1,'outcome':'gone'}"), HasSubstr("/select/outcome: must be returned or lost"));
  EXPECT_THAT(refusal("{" + kViews + "}", "{'cohort':'2026-03-02','outcome':'lost'}"), HasSubstr("/select/n: must say in which period"));
}

TEST_F(RetentionTest, DaysAreThoseOfTheZone) {
  told_.add("u", "view", "02 23:30").add("u", "view", "03 22:30");
  asked_.zone = "Europe/Berlin";
  EXPECT_THAT(lines("{" + kViews + "}"), ElementsAre("2026-03-03 1: 1 0 0"));
  EXPECT_THAT(lines("{" + kViews + ",'breakdown':['source']}"), ElementsAre("2026-03-03 1: 1 0 0"));
}

TEST_F(RetentionTest, ActorsAreThoseInACell) {
  told_.add("u", "view", "02 10:00").add("u", "view", "04 10:00").add("v", "view", "02 10:00");
  const std::string body = "{" + kViews + "}";
  EXPECT_THAT(actors(body, "{'cohort':'2026-03-02'}"), ElementsAre("u", "v"));
  EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':1}"), ElementsAre());
  EXPECT_THAT(actors(body, "{'cohort':'2026-03-02','n':2}"), ElementsAre("u"));
  EXPECT_THAT(actors("{" + kViews + ",'mode':'on_or_after'}", "{'cohort':'2026-03-02','n':1}"), ElementsAre("u"));
}

TEST_F(RetentionTest, ARefusalSaysWhereAndWhatIsAllowed) {
  EXPECT_THAT(refusal("{}"), HasSubstr("/start: must be a selector such as"));
  EXPECT_THAT(refusal("{'start':{'event':'a'}}"), HasSubstr("/return: must be a selector"));
  EXPECT_THAT(refusal("{" + kViews + ",'interval':'hour'}"), HasSubstr("/interval: must be day, week or month"));
  EXPECT_THAT(refusal("{'start':{},'return':{},'periods':0}"), HasSubstr("/periods: must be a number from 1 to 366"));
  EXPECT_THAT(refusal("{" + kViews + ",'mode':'after'}"), HasSubstr("/mode: must be on or on_or_after"));
  EXPECT_THAT(refusal("{" + kViews + ",'cohort':'all'}"), HasSubstr("/cohort: must be first_time or recurring"));
  EXPECT_THAT(refusal("{" + kViews + ",'bracket':'x'}"), HasSubstr("/bracket: must be calendar or rolling"));
  EXPECT_THAT(refusal("{" + kViews + ",'end':{}}"), HasSubstr("/end: is no field here"));
  EXPECT_THAT(refusal("{" + kViews + "}", "{'cohort':'2026-03-01'}"), HasSubstr("/select/cohort: must be the start of a cohort, from 2026-03-02 to 2026-03-08"));
  EXPECT_THAT(refusal("{" + kViews + "}", "{'cohort':'2026-03-02','n':3}"), HasSubstr("/select/n: must be a number from 0 to 2"));
}

}  // namespace
}  // namespace spectrum::query
