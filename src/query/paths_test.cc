// What paths mean, rule by rule.
#include "query/paths.h"

#include <gmock/gmock.h>

#include "tests/support/told_events.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PathsTest : public testing::Test {
 protected:
  Paths ask(const std::string& body) { return ask_paths(told_.warehouse(), told_.scope(), JsonLiteral::read(body)).value(); }
  /// `a b: 2 1`, visits and users.
  std::vector<std::string> lines(const std::string& body) {
    std::vector<std::string> lines;
    for (const auto& path : ask(body).paths) {
      std::string line;
      for (const auto& event : path.events) line += (line.empty() ? "" : " ") + event;
      lines.push_back(line + ": " + std::to_string(path.count) + " " + std::to_string(path.users));
    }
    return lines;
  }
  std::vector<std::string> actors(const std::string& body, const std::string& select) {
    return told_.names(paths_actors(told_.warehouse(), told_.scope(), JsonLiteral::read(body), JsonLiteral::read(select)).value());
  }

  ToldEvents told_;
};

TEST_F(PathsTest, AVisitEndsWhereTheGapExceedsWithin) {
  told_.add("u", "a", "10:00").add("u", "b", "10:30").add("u", "c", "11:00:01");
  EXPECT_THAT(lines("{}"), ElementsAre("a b: 1 1", "c: 1 1"));
  EXPECT_THAT(lines("{'within':'31m'}"), ElementsAre("a b c: 1 1"));
}

TEST_F(PathsTest, CountIsOfVisitsAndRanks) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01").add("u", "a", "12:00").add("u", "b", "12:01");
  told_.add("v", "a", "10:00").add("v", "b", "10:01").add("w", "b", "10:00").add("x", "a", "10:00");
  EXPECT_THAT(lines("{}"), ElementsAre("a b: 3 2", "a: 1 1", "b: 1 1"));
  EXPECT_THAT(lines("{'limit':1}"), ElementsAre("a b: 3 2"));
}

TEST_F(PathsTest, AStartBeginsAtTheFirstMatchOfEachVisit) {
  told_.add("u", "x", "10:00").add("u", "a", "10:01").add("u", "b", "10:02").add("u", "a", "10:03").add("u", "c", "10:04");
  told_.add("v", "x", "10:00");
  EXPECT_THAT(lines("{'start':{'event':'a'},'steps':3}"), ElementsAre("a b a: 1 1"));
}

TEST_F(PathsTest, AnEndIsTheLastMatchOfEachVisit) {
  told_.add("u", "x", "10:00").add("u", "a", "10:01").add("u", "b", "10:02").add("u", "a", "10:03").add("u", "c", "10:04");
  told_.add("v", "x", "10:00");
  EXPECT_THAT(lines("{'end':{'event':'a'},'steps':3}"), ElementsAre("a b a: 1 1"));
  EXPECT_THAT(lines("{'end':{'event':'a'},'steps':9}"), ElementsAre("x a b a: 1 1"));
}

TEST_F(PathsTest, VisitsMayBeSessions) {
  told_.add("u", "a", "10:00", {.session = "1"}).add("u", "b", "10:01", {.session = "2"}).add("u", "x", "10:02").add("u", "c", "18:00", {.session = "1"});
  EXPECT_THAT(lines("{'within':'session'}"), ElementsAre("a c: 1 1", "b: 1 1"));
}

TEST_F(PathsTest, OnlyEventsInTheRangeExist) {
  told_.add("u", "x", "2026-02-28T23:59:00Z").add("u", "a", "01 00:01").add("u", "b", "01 00:02");
  EXPECT_THAT(lines("{}"), ElementsAre("a b: 1 1"));
}

TEST_F(PathsTest, WhatFiltersTakeAwayIsOnNoPath) {
  told_.add("u", "a", "10:00").add("u", "noise", "10:01").add("u", "b", "10:02");
  EXPECT_THAT(lines("{'filters':[{'property':'event_type','op':'ne','value':'noise'}]}"), ElementsAre("a b: 1 1"));
}

TEST_F(PathsTest, EdgesAreThoseOfAllSequences) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01").add("u", "c", "10:02").add("u", "a", "12:00").add("u", "b", "12:01");
  told_.add("v", "a", "10:00").add("v", "c", "10:01");
  const auto edges = ask("{'limit':1}").edges;
  ASSERT_EQ(edges.size(), 3);
  EXPECT_EQ(edges[0].step, 1);
  EXPECT_EQ(edges[0].from + edges[0].to, "ab");
  EXPECT_EQ(edges[0].count, 2);
  EXPECT_EQ(edges[0].users, 1);
  EXPECT_EQ(edges[1].from + edges[1].to, "ac");
  EXPECT_EQ(edges[2].step, 2);
  EXPECT_EQ(edges[2].from + edges[2].to, "bc");
}

TEST_F(PathsTest, ActorsWentAPathOrOverAnEdge) {
  told_.add("u", "a", "10:00").add("u", "b", "10:01").add("u", "c", "10:02").add("v", "a", "10:00").add("v", "b", "10:01");
  EXPECT_THAT(actors("{}", "{'path':['a','b']}"), ElementsAre("v"));
  EXPECT_THAT(actors("{}", "{'step':1,'from':'a','to':'b'}"), ElementsAre("u", "v"));
  EXPECT_THAT(actors("{}", "{'step':2,'from':'b','to':'c'}"), ElementsAre("u"));
  EXPECT_THAT(actors("{}", "{'path':[]}"), ElementsAre());
}

TEST_F(PathsTest, ARefusalSaysWhereAndWhatIsAllowed) {
  const auto refusal = [&](const std::string& body, const std::string& select = "{'path':[]}") {
    const auto answer = paths_actors(told_.warehouse(), told_.scope(), JsonLiteral::read(body), JsonLiteral::read(select));
    return answer.ok() ? "taken" : answer.error().message;
  };
  EXPECT_THAT(refusal("{'start':{'event':'a'},'end':{'event':'b'}}"), HasSubstr("/end: does not go together with start"));
  EXPECT_THAT(refusal("{'within':'soon'}"), HasSubstr("/within: must be session, or a number and a unit"));
  EXPECT_THAT(refusal("{'steps':1}"), HasSubstr("/steps: must be a number from 2 to 20"));
  EXPECT_THAT(refusal("{'limit':0}"), HasSubstr("/limit: must be a number from 1 to 10000"));
  EXPECT_THAT(refusal("{'start':'a'}"), HasSubstr("/start: must be an object"));
  EXPECT_THAT(refusal("{}", "{'paths':[]}"), HasSubstr("/select/paths: "));
  EXPECT_THAT(refusal("{}", "{}"), HasSubstr("/select: must be "));
}

}  // namespace
}  // namespace spectrum::query
