#include "bulk/readers.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "tests/support/sliced_source.h"

namespace spectrum::bulk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReadersTest : public testing::Test {
 protected:
  ReadersTest() { options_.id_from = IdFrom::none; }

  Result<std::vector<Row>> read(const std::string& name, const std::string& text,
                                std::function<std::size_t()> next_slice = [] { return std::string::npos; }) {
    TRY(const auto reader, open_reader(std::make_unique<SlicedSource>(text, std::move(next_slice)), name, options_, ids_));
    rows_.clear();
    for (;;) {
      Row row;
      TRY(const bool found, reader->next(row));
      if (!found) return rows_;
      rows_.push_back(row);
    }
  }
  std::vector<std::string> events(const std::string& name, const std::string& text) {
    std::vector<std::string> events;
    const auto rows = read(name, text).value();
    for (const auto& row : rows) events.push_back(row.is_refused() ? std::string(row.code) : row.event);
    return events;
  }
  /// The ids of the rows of a file, read by a new load.
  std::vector<std::string> ids(const std::string& name, const std::string& text) {
    ids_ = {};
    return more_ids(name, text);
  }
  std::vector<std::string> more_ids(const std::string& name, const std::string& text) {
    std::vector<std::string> ids;
    for (const auto& event : events(name, text)) {
      const auto at = event.find(R"("event_id":")");
      ids.push_back(at == std::string::npos ? "" : event.substr(at + 12, 36));
    }
    return ids;
  }

  ReadOptions options_;
  ContentIds ids_;
  std::vector<Row> rows_;  ///< of the last file, also when it could not be read to its end
};

// --- the head of a file ----------------------------------------------------------------------------------------------

class HeadTest : public ReadersTest {
 protected:
  /// What is wrong with it; empty when nothing is.
  std::string fault(const std::string& name, const std::string& text) {
    const auto reader = open_reader(std::make_unique<SlicedSource>(text, [] { return std::string::npos; }), name, options_, ids_).value();
    const Status head = reader->check_head();
    return head.ok() ? "" : head.error().message;
  }
};

TEST_F(HeadTest, ACsvNeedsATypeAndAUserByAnyOfTheirNames) {
  for (const std::string type : {"event_type", "eventType", "event", "name"}) {
    for (const std::string user : {"user_id", "userId", "anonymous_id", "anonymousId"}) {
      EXPECT_EQ(fault("f.csv", type + "," + user + "\n"), "") << type << user;
    }
  }
  EXPECT_THAT(fault("f.csv", "what,user_id\n"), AllOf(HasSubstr("type of the events"), HasSubstr("it has what, user_id"), HasSubstr("--map event_type=COLUMN")));
  EXPECT_THAT(fault("f.csv", "event,who\n"), AllOf(HasSubstr("whose events"), HasSubstr("it has event, who"), HasSubstr("--map user_id=COLUMN")));
  EXPECT_NE(fault("f.csv", "properties.event,user_id\n"), "");
}

TEST_F(HeadTest, MappedAndConstantFieldsCount) {
  options_.map = {{"event_type", "what"}};
  EXPECT_EQ(fault("f.csv", "what,user_id\n"), "");
  options_.set = {{"user_id", "all"}};
  EXPECT_EQ(fault("f.csv", "what\n"), "");
}

TEST_F(HeadTest, JsonHasNoHead) { EXPECT_EQ(fault("f.ndjson", "{}"), ""); }

// --- CSV -------------------------------------------------------------------------------------------------------------

TEST_F(ReadersTest, ColumnsNamedLikeFieldsAreTheseFieldsAndOthersProperties) {
  EXPECT_THAT(events("f.csv", "event,user_id,plan,value,product.sku,timestamp\nview,u,pro,1.5,k,2026-11-21T10:00:00Z\n"),
              ElementsAre(R"({"event":"view","user_id":"u","value":1.5,"timestamp":"2026-11-21T10:00:00Z",)"
                          R"("product":{"sku":"k"},"properties":{"plan":"pro"}})"));
}

TEST_F(ReadersTest, EmptyCellsAreAbsent) {
  EXPECT_THAT(events("f.csv", "event,user_id,plan,timestamp\nview,u, ,\n"), ElementsAre(R"({"event":"view","user_id":"u"})"));
}

TEST_F(ReadersTest, CellsAreTrimmed) {
  EXPECT_THAT(events("f.csv", " event , user_id\n view ,\tu \n"), ElementsAre(R"({"event":"view","user_id":"u"})"));
}

TEST_F(ReadersTest, CellsAreEscaped) {
  EXPECT_THAT(events("f.csv", "event\n\"a\"\"\\\n\"\n"), ElementsAre(R"({"event":"a\"\\\n"})"));
}

TEST_F(ReadersTest, OnlyWhatIsANumberInJsonIsWrittenAsOne) {
  for (const std::string number : {"0", "-1", "1.5", "1e5", "-0.25E-3", "123456789012345678901234567890"}) {
    EXPECT_THAT(events("f.csv", "value\n" + number + "\n"), ElementsAre("{\"value\":" + number + "}"));
  }
  for (const std::string text : {"01", "-01", "+1", ".5", "-.5", "1.", "1.e5", "1e", "inf", "-inf", "nan", "-nan", "0x1", "1 2", "-"}) {
    EXPECT_THAT(events("f.csv", "value\n" + text + "\n"), ElementsAre("{\"value\":\"" + text + "\"}"));
  }
}

TEST_F(ReadersTest, APropertyIsANumberWhereThatLosesNothing) {
  EXPECT_THAT(events("f.csv", "size,zip,account,code\n2.50,02134,12345678901234567890,12E5\n"),
              ElementsAre(R"({"properties":{"size":2.50,"zip":"02134","account":"12345678901234567890","code":"12E5"}})"));
}

TEST_F(ReadersTest, ARowOfAnotherLengthIsRefusedWithItsLine) {
  const auto rows = read("f.csv", "event,user_id\na\n\na,b,c\na,b\n").value();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].code, "invalid_value");
  EXPECT_EQ(rows[0].line, 2);
  EXPECT_EQ(rows[0].payload, "a");
  EXPECT_EQ(rows[1].line, 4);
  EXPECT_EQ(rows[1].payload, "a,b,c");
  EXPECT_FALSE(rows[2].is_refused());
}

TEST_F(ReadersTest, AFileThatCannotBeReadAsItIsIsTold) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a,a\n1,2\n", "more than one column 'a'"}, {"a,b\r1,2\r", "CR alone"}, {"a,b\n1,2\n3,\"" + std::string(33 << 20, 'x'), "line 3"}};
  for (const auto& [content, says] : files) {
    const auto rows = read("f.csv", content);
    ASSERT_FALSE(rows.ok()) << says;
    EXPECT_THAT(rows.error().message, HasSubstr(says));
  }
}

TEST_F(ReadersTest, AnIdInCamelCaseIsTheRowsOwn) {
  EXPECT_THAT(events("f.csv", "event,eventId\nview,e\n"), ElementsAre(R"({"event":"view","eventId":"e"})"));
}

TEST_F(ReadersTest, AnOpenQuoteDoesNotMakeOneEventOfManyRows) {
  const auto rows = read("f.csv", "event,user_id\nview,u\nview,\"v\nview,w\n").value();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_FALSE(rows[0].is_refused());
  EXPECT_EQ(rows[1].code, "invalid_value");
  EXPECT_THAT(rows[1].message, HasSubstr("quote"));
  EXPECT_EQ(rows[1].line, 3);
}

TEST_F(ReadersTest, AHeaderAloneHasNoRows) { EXPECT_THAT(events("f.csv", "event,user_id\n"), IsEmpty()); }

TEST_F(ReadersTest, AnEmptyFileIsInvalid) { EXPECT_EQ(read("f.csv", "").error().code, Errc::invalid); }

TEST_F(ReadersTest, ABadTimeRefusesItsRow) {
  const auto rows = read("f.csv", "event,time\na,yesterday\nb,5\n").value();
  EXPECT_EQ(rows[0].code, "invalid_timestamp");
  EXPECT_THAT(rows[0].message, HasSubstr("yesterday"));
  EXPECT_EQ(rows[1].event, R"({"event":"b","time":5})");
}

TEST_F(ReadersTest, TimesWithoutOffsetAreInTheZone) {
  options_.zone = TimeZone::find("Europe/Berlin").value();
  EXPECT_THAT(events("f.csv", "time\n2026-07-01 10:00:00\n"), ElementsAre(R"({"time":1782892800000000})"));
  EXPECT_THAT(events("f.ndjson", R"({"time":"2026-01-01 10:00"})"), ElementsAre(R"({"time":1767258000000000})"));
}

// --- mapping ---------------------------------------------------------------------------------------------------------

TEST_F(ReadersTest, MapTakesAFieldFromAColumn) {
  options_.map = {{"user_id", "customer"}, {"event", "what"}, {"product.sku", "item"}, {"price", "cost"}};
  EXPECT_THAT(events("f.csv", "customer,what,item,cost\nc,buy,k,5\n"),
              ElementsAre(R"({"user_id":"c","event":"buy","product":{"sku":"k"},"properties":{"price":5}})"));
}

TEST_F(ReadersTest, MapLeavesTheColumnOfThatNameAProperty) {
  options_.map = {{"user_id", "customer"}};
  EXPECT_THAT(events("f.csv", "user_id,customer\nu,c\n"), ElementsAre(R"({"user_id":"c","properties":{"user_id":"u"}})"));
}

TEST_F(ReadersTest, MapOfAColumnThatIsNotThereIsInvalid) {
  options_.map = {{"user_id", "customer"}};
  const auto refused = read("f.csv", "event,id\na,b\n");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("event, id"));
}

TEST_F(ReadersTest, MapRenamesFieldsOfJson) {
  options_.map = {{"user_id", "customer"}};
  EXPECT_THAT(events("f.ndjson", R"({"customer" : "c", "deep":{"customer":1}})"),
              ElementsAre(R"({"user_id":"c","deep":{"customer":1}})"));
}

TEST_F(ReadersTest, SetGivesEveryEventAValue) {
  options_.set = {{"source", "shop"}, {"plan", "a\"b"}, {"product.category", "toys"}, {"value", "2"}};
  EXPECT_THAT(events("f.csv", "event,source,product.sku,plan\nview,web,k,x\nview,,,\n"),
              ElementsAre(R"({"source":"shop","value":2,"event":"view","product":{"category":"toys","sku":"k"},"properties":{"plan":"a\"b"}})",
                          R"({"source":"shop","value":2,"event":"view","product":{"category":"toys"},"properties":{"plan":"a\"b"}})"));
}

TEST_F(ReadersTest, AnIdThatIsSetIsTheOnlyOne) {
  options_.id_from = IdFrom::content;
  options_.set = {{"event_id", "mine"}};
  EXPECT_THAT(events("f.csv", "event,event_id\nview,theirs\n"), ElementsAre(R"({"event_id":"mine","event":"view"})"));
  EXPECT_THAT(events("f.ndjson", R"({"event":"view","event_id":"theirs"})"), ElementsAre(R"({"event":"view","event_id":"mine"})"));
}

TEST_F(ReadersTest, ColumnsMayBeNamedInCamelCase) {
  EXPECT_THAT(events("f.csv", "eventType,userId,occurredAt,amountMinor\nbuy,u,2026-11-21T10:00:00Z,5\n"),
              ElementsAre(R"({"eventType":"buy","userId":"u","occurredAt":"2026-11-21T10:00:00Z","amountMinor":5})"));
}

TEST_F(ReadersTest, ABracketThatClosesNothingIsToldWithItsLine) {
  for (const std::string json : {"{\"event\":\"e\"},\n]\n", "\n]"}) {
    const auto rows = read("f.json", json);
    ASSERT_FALSE(rows.ok()) << json;
    EXPECT_THAT(rows.error().message, HasSubstr("line 2")) << json;
  }
}

TEST_F(ReadersTest, MapAndSetOfJsonReachIntoObjectsAsThoseOfCsvDo) {
  options_.map = {{"user_id", "customer"}, {"product.sku", "item"}, {"price", "cost"}};
  options_.set = {{"value", "5"}, {"product.category", "toys"}, {"plan", "3"}};
  EXPECT_THAT(events("f.ndjson", R"({"customer":"c","user_id":"u","item":"k","cost":1,"product":{"name":"n","category":"x"},"properties":{"plan":"old","a":[1]}})"
                                 "\n{\"user_id\":\"u\",\"product\":null}\n"),
              ElementsAre(R"({"user_id":"c","value":5,"product":{"sku":"k","name":"n","category":"toys"},)"
                          R"("properties":{"user_id":"u","price":1,"a":[1],"plan":3}})",
                          R"({"user_id":"u","value":5,"product":{"category":"toys"},"properties":{"plan":3}})"));
}

TEST_F(ReadersTest, SetReplacesFieldsOfJson) {
  options_.set = {{"source", "shop"}};
  EXPECT_THAT(events("f.ndjson", "{\"source\":\"web\",\"event\":\"a\"}\n{}"),
              ElementsAre(R"({"event":"a","source":"shop"})", R"({"source":"shop"})"));
}

// --- JSON ------------------------------------------------------------------------------------------------------------

TEST_F(ReadersTest, ReadsALineEach) {
  const auto rows = read("f.ndjson", "{\"a\":1}\r\n\n {\"b\":2} \n{\"c\":3}").value();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1].event, R"({"b":2})");
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_EQ(rows[2].event, R"({"c":3})");
}

TEST_F(ReadersTest, ABrokenLineIsLeftToWhoeverDecodesIt) {
  EXPECT_THAT(events("f.ndjson", "{\"a\":\nnonsense\n{\"b\":2}\n"), ElementsAre("{\"a\":", "nonsense", R"({"b":2})"));
}

TEST_F(ReadersTest, ReadsTheMembersOfAList) {
  const std::string list = "[{\"a\":\"]}\\\"\"},\n {\"b\":[{}, {}]} , {}]";
  const std::vector<std::string> wanted = {R"({"a":"]}\""})", R"({"b":[{}, {}]})", "{}"};
  EXPECT_EQ(events("f.json", list), wanted);
  EXPECT_EQ(events("f.json", " {\n \"events\" : " + list + ", \"more\": 1}\n"), wanted);
  EXPECT_EQ(events("f.json", "\xEF\xBB\xBF" + list + "\n"), wanted);
}

TEST_F(ReadersTest, ReadsOneObjectOrSeveral) {
  EXPECT_THAT(events("f.json", "{\n\"a\":\n1}"), ElementsAre(R"({"a": 1})"));
  EXPECT_THAT(events("f.json", "{\"a\":1}\n{\"b\":2} {\"c\":3}"), ElementsAre(R"({"a":1})", R"({"b":2})", R"({"c":3})"));
  EXPECT_THAT(events("f.json", ""), IsEmpty());
  EXPECT_THAT(events("f.json", "[]"), IsEmpty());
}

TEST_F(ReadersTest, SaysOnWhichLineAnObjectBegins) {
  const auto rows = read("f.json", "[\n{\n\"a\":1\n},\n\n{\"b\":2}\n]").value();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].line, 2);
  EXPECT_EQ(rows[1].line, 6);
}

TEST_F(ReadersTest, AListThatIsCutShortIsInvalid) {
  for (const std::string text : {"[", R"([{"a":1})", R"([{"a":1},)", R"([{"a":1},{"b")", R"({"events":[{"a":1})"}) {
    EXPECT_FALSE(read("f.json", text).ok()) << text;
  }
  EXPECT_THAT(rows_, SizeIs(1));
}

TEST_F(ReadersTest, WhatFollowsAListIsNotLeftOutInSilence) {
  EXPECT_FALSE(read("f.json", R"([{"a":1}] [{"b":2}])").ok());
  EXPECT_FALSE(read("f.json", R"([{"a":1}] {"b":2})").ok());
  EXPECT_TRUE(read("f.json", "[{\"a\":1}] \r\n").ok());
}

TEST_F(ReadersTest, ObjectsComeWholeHoweverTheFileIsSliced) {
  std::mt19937 random(11);
  std::string list = "[", lines;
  for (int i = 0; i < 200; ++i) {
    const std::string event = "{\"n\":" + std::to_string(i) + ",\"t\":\"" + std::string(random() % 9000, 'x') + "\\\"}{\"}";
    list += (i > 0 ? ",\n" : "") + event;
    lines += event + "\n";
  }
  const auto slices = [&] { return 1 + random() % 5000; };
  const auto by_list = read("f.json", list + "]", slices).value();
  const auto by_line = read("f.ndjson", lines, slices).value();
  ASSERT_THAT(by_list, SizeIs(200));
  ASSERT_THAT(by_line, SizeIs(200));
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(by_list[i].event, by_line[i].event);
}

TEST_F(ReadersTest, RowsMayHaveAnyNumberOfNames) {
  options_.set = {{"source", "shop"}};
  std::string rows;
  std::vector<std::string> wanted;
  for (int i = 0; i < 2500; ++i) {
    const std::string own = R"("event":"e","key)" + std::to_string(i) + R"(":1)";
    rows += "{" + own + R"(,"source":"web"})" + "\n";
    wanted.push_back("{" + own + R"(,"source":"shop"})");
  }
  EXPECT_EQ(events("f.ndjson", rows), wanted);
}

// --- formats ---------------------------------------------------------------------------------------------------------

TEST_F(ReadersTest, TheNameTellsTheFormat) {
  for (const std::string name : {"f.csv", "f.tsv", "f.csv.gz", "f.csv.zst"}) EXPECT_THAT(events(name, "{\n1\n"), ElementsAre(R"({"properties":{"{":1}})")) << name;
  for (const std::string name : {"f.ndjson", "f.jsonl", "f.ndjson.gz"}) EXPECT_THAT(events(name, "a,b\n"), ElementsAre("a,b")) << name;
}

TEST_F(ReadersTest, TheFirstBytesTellTheFormatOtherwise) {
  EXPECT_THAT(events("-", "event\nview\n"), ElementsAre(R"({"event":"view"})"));
  EXPECT_THAT(events("-", "{\"a\":1}\n{\"b\":2}\n"), ElementsAre(R"({"a":1})", R"({"b":2})"));
  EXPECT_THAT(events("-", "\n [{\"a\":1}]"), ElementsAre(R"({"a":1})"));
  EXPECT_THAT(events("-", "{\n\"a\":1}"), ElementsAre(R"({"a":1})"));
  EXPECT_THAT(events("-", "\xEF\xBB\xBF{\"a\":1}\n"), ElementsAre(R"({"a":1})"));
}

TEST_F(ReadersTest, AByteOrderMarkIsNoPartOfTheFirstLine) {
  EXPECT_THAT(events("f.ndjson", "\xEF\xBB\xBF{\"a\":1}\n{\"b\":2}\n"), ElementsAre(R"({"a":1})", R"({"b":2})"));
}

// --- ids -------------------------------------------------------------------------------------------------------------

class ReadersIdTest : public ReadersTest, public testing::WithParamInterface<std::string> {
 protected:
  ReadersIdTest() { options_.id_from = IdFrom::content; }
  /// Rows with these names, as a file of the format.
  std::string file(const std::vector<std::string>& names) const {
    std::string text = GetParam() == "f.csv" ? "event,user_id\n" : GetParam() == "f.json" ? "[" : "";
    for (const auto& name : names) {
      if (GetParam() == "f.csv") text += name + ",u\n";
      if (GetParam() == "f.ndjson") text += "{\"event\":\"" + name + "\"}\n";
      if (GetParam() == "f.json") text += (text == "[" ? "" : ",") + std::string("{\"event\":\"") + name + "\"}";
    }
    return GetParam() == "f.json" ? text + "]" : text;
  }
};

TEST_P(ReadersIdTest, TheSameFileHasTheSameIds) {
  const auto first = ids(GetParam(), file({"a", "b", "a"}));
  EXPECT_THAT(first, testing::Each(SizeIs(36)));
  EXPECT_EQ(ids(GetParam(), file({"a", "b", "a"})), first);
}

TEST_P(ReadersIdTest, EqualRowsHaveDifferentIds) {
  const auto all = ids(GetParam(), file({"a", "a", "a"}));
  EXPECT_NE(all[0], all[1]);
  EXPECT_NE(all[1], all[2]);
  EXPECT_NE(all[0], all[2]);
}

TEST_P(ReadersIdTest, AGrownCopyKeepsTheIdsOfItsBeginning) {
  const auto first = ids(GetParam(), file({"a", "b", "a"}));
  auto grown = ids(GetParam(), file({"a", "b", "a", "a", "c"}));
  grown.resize(3);
  EXPECT_EQ(grown, first);
}

TEST_P(ReadersIdTest, ReorderedRowsHaveTheSameIds) {
  EXPECT_THAT(ids(GetParam(), file({"a", "c", "b", "a"})), testing::UnorderedElementsAreArray(ids(GetParam(), file({"a", "a", "b", "c"}))));
}

TEST_P(ReadersIdTest, RowsAreCountedOverAllFilesOfALoad) {
  const auto first = ids(GetParam(), file({"a"}));
  EXPECT_NE(more_ids(GetParam(), file({"a"})), first);
}

TEST_P(ReadersIdTest, PositionsMakeIdsOfFileAndLine) {
  options_.id_from = IdFrom::position;
  const auto first = ids(GetParam(), file({"a", "a"}));
  EXPECT_EQ(ids(GetParam(), file({"a", "a"})), first);
  EXPECT_EQ(ids("other" + GetParam().substr(1), file({"a", "a"})).size(), 2);
  EXPECT_NE(ids("other" + GetParam().substr(1), file({"a", "a"})), first);
}

INSTANTIATE_TEST_SUITE_P(Formats, ReadersIdTest, testing::Values("f.csv", "f.ndjson", "f.json"),
                         [](const auto& param) { return param.param.substr(2); });

TEST_F(ReadersTest, AnIdThatIsThereIsKept) {
  options_.id_from = IdFrom::content;
  EXPECT_THAT(events("f.csv", "event,event_id\na,one\n"), ElementsAre(R"({"event":"a","event_id":"one"})"));
  EXPECT_THAT(events("f.ndjson", R"({"eventId":"one"})"), ElementsAre(R"({"eventId":"one"})"));
  EXPECT_THAT(ids("f.csv", "event,event_id\na,\n"), ElementsAre(SizeIs(36)));
  EXPECT_THAT(ids("f.ndjson", R"({"event":"a","x":{"event_id":"deep"}})"), ElementsAre(SizeIs(36)));
}

TEST(ContentIdsTest, CountsEachContentByItself) {
  ContentIds ids;
  std::set<std::string> seen;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60'000; ++i) EXPECT_TRUE(seen.insert(ids.next(std::to_string(i))).second);
  }
}

}  // namespace
}  // namespace spectrum::bulk
