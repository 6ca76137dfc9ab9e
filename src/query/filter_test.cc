#include "query/filter.h"

#include <gmock/gmock.h>

#include "adapters/duckdb/warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Json text(const std::string& value) { return Json(value); }

Json filter(const std::string& property, const std::string& op, const std::optional<Json>& value = {}) {
  Json::Object members = {{"property", text(property)}, {"op", text(op)}};
  if (value) members.emplace_back("value", *value);
  return Json(members);
}
Json list(Json::Array members) { return Json(std::move(members)); }

/// Five events, by their ids: what a filter has to tell apart.
class FilterTest : public testing::Test {
 protected:
  FilterTest() {
    add("a", R"({"plan":"pro","n":5,"ok":true,"odd'key":"x","$ref":"r","/slash":"s","a.b":"dot","0":"zero","~1":"tilde","a\"b":"quote"})");
    add("b", R"({"plan":"free","n":12,"ok":false,"none":null})");
    add("c", R"({"plan":"o'hara","n":-1.5})");
    add("d", R"({"n":"12"})");
    add("e", "");
    events_[0].source = "web";
    events_[1].user_segment = "loyal";
    events_[2].product_sku = "sku-1";
    events_[2].product_category = "toys";
    events_[3].session_id = "s-1";
    std::vector<ports::PositionedEvent> batch;
    events_[4].user_id = {};
    events_[4].anonymous_id = "b";
    for (const auto& event : events_) batch.push_back({batch.size() + 1, event});
    warehouse_->load({batch, {}, 0, batch.size(), {}}).value();
  }

  /// The ids of the events that a filter lets through, or why it is refused.
  std::vector<std::string> matching(const Json& filters) {
    FilterCompiler compiler;
    const auto condition = compiler.filters(&filters, "/filters");
    if (!condition.ok()) return {condition.error().message};
    const auto rows = warehouse_->query("SELECT e.event_id FROM fact_events e" + compiler.joins() + " WHERE " + *condition +
                                        " ORDER BY e.event_id", compiler.parameters());
    if (!rows.ok()) return {rows.error().message};
    std::vector<std::string> ids;
    for (const auto& row : rows->rows) ids.push_back(std::get<std::string>(row[0]));
    return ids;
  }
  std::vector<std::string> matching(const std::string& property, const std::string& op, const std::optional<Json>& value = {}) {
    return matching(list({filter(property, op, value)}));
  }

 private:
  void add(std::string_view id, std::string_view properties) {
    model::Event event;
    event.event_id = id;
    event.event_type = "view";
    event.user_id = id;
    event.properties = properties;
    events_.push_back(event);
  }

  TempDir folder_;
  std::vector<model::Event> events_;
  std::unique_ptr<duckdb::DuckdbWarehouse> warehouse_ = duckdb::DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value();
};

TEST_F(FilterTest, ComparesTexts) {
  EXPECT_THAT(matching("plan", "eq", text("pro")), ElementsAre("a"));
  EXPECT_THAT(matching("properties.plan", "eq", text("o'hara")), ElementsAre("c"));
  EXPECT_THAT(matching("plan", "in", list({text("pro"), text("free")})), ElementsAre("a", "b"));
  EXPECT_THAT(matching("plan", "contains", text("r")), ElementsAre("a", "b", "c"));
}

TEST_F(FilterTest, NumbersAndBooleansCompareByTheirText) {
  EXPECT_THAT(matching("n", "eq", Json(std::int64_t{12})), ElementsAre("b", "d"));
  EXPECT_THAT(matching("n", "eq", Json(12.0)), ElementsAre("b", "d"));
  EXPECT_THAT(matching("n", "eq", Json(-1.5)), ElementsAre("c"));
  EXPECT_THAT(matching("ok", "eq", Json(true)), ElementsAre("a"));
  EXPECT_THAT(matching("ok", "in", list({Json(false)})), ElementsAre("b"));
}

TEST_F(FilterTest, WhatIsAbsentMatchesOnlyNegations) {
  EXPECT_THAT(matching("plan", "ne", text("pro")), ElementsAre("b", "c", "d", "e"));
  EXPECT_THAT(matching("plan", "not_in", list({text("pro"), text("free")})), ElementsAre("c", "d", "e"));
  EXPECT_THAT(matching("plan", "not_exists"), ElementsAre("d", "e"));
  EXPECT_THAT(matching("plan", "exists"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(matching("none", "exists"), IsEmpty());
  EXPECT_THAT(matching("none", "not_exists"), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(FilterTest, ComparesNumbersAndNothingElse) {
  EXPECT_THAT(matching("n", "gt", Json(std::int64_t{5})), ElementsAre("b"));
  EXPECT_THAT(matching("n", "gte", Json(5.0)), ElementsAre("a", "b"));
  EXPECT_THAT(matching("n", "lt", Json(std::int64_t{5})), ElementsAre("c"));
  EXPECT_THAT(matching("n", "lte", Json(std::int64_t{5})), ElementsAre("a", "c"));
  EXPECT_THAT(matching("plan", "gt", Json(std::int64_t{0})), IsEmpty());
}

TEST_F(FilterTest, ColumnsOfFactsAndDimensionsAreProperties) {
  EXPECT_THAT(matching("source", "eq", text("web")), ElementsAre("a"));
  EXPECT_THAT(matching("user_id", "eq", text("b")), ElementsAre("b"));
  EXPECT_THAT(matching("user.segment", "eq", text("loyal")), ElementsAre("b"));
  EXPECT_THAT(matching("product.category", "eq", text("toys")), ElementsAre("c"));
  EXPECT_THAT(matching("product.sku", "not_exists"), ElementsAre("a", "b", "d", "e"));
  EXPECT_THAT(matching("session_id", "exists"), ElementsAre("d"));
}

TEST_F(FilterTest, AnAnonymousVisitorIsNoUserOfTheSameText) {
  EXPECT_THAT(matching("user_id", "eq", text("b")), ElementsAre("b"));
  EXPECT_THAT(matching("anonymous_id", "eq", text("b")), ElementsAre("e"));
  EXPECT_THAT(matching("user_id", "not_exists"), ElementsAre("e"));
}

TEST_F(FilterTest, AllFiltersMustHold) {
  EXPECT_THAT(matching(list({filter("n", "gt", Json(std::int64_t{0})), filter("plan", "exists")})), ElementsAre("a", "b"));
  EXPECT_THAT(matching(list({})), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(FilterTest, AKeyIsOnlyAKeyWhateverItLooksLike) {
  EXPECT_THAT(matching("odd'key", "eq", text("x")), ElementsAre("a"));
  EXPECT_THAT(matching("$ref", "eq", text("r")), ElementsAre("a"));
  EXPECT_THAT(matching("/slash", "eq", text("s")), ElementsAre("a"));
  EXPECT_THAT(matching("a.b", "eq", text("dot")), ElementsAre("a"));
  EXPECT_THAT(matching("0", "eq", text("zero")), ElementsAre("a"));
  EXPECT_THAT(matching("~1", "eq", text("tilde")), ElementsAre("a"));
  EXPECT_THAT(matching("a\"b", "eq", text("quote")), ElementsAre("a"));
  for (const std::string key : {"$", "$.", "$.*", "$..", "$[", "/", "/~2", "~", "*", "$.plan", "/plan", "\"", "'; DROP TABLE fact_events; --"}) {
    EXPECT_THAT(matching(key, "exists"), IsEmpty()) << key;
  }
}

TEST_F(FilterTest, WhatUsersWriteIsNeverSql) {
  const std::string hostile = "x' OR 1=1 --";
  FilterCompiler compiler;
  const Json filters = list({filter(hostile, "eq", text(hostile)), filter("plan", "in", list({text(hostile)})),
                             filter(hostile, "contains", text(hostile)), filter(hostile, "gt", Json(1.5))});
  const auto condition = compiler.filters(&filters, "").value();
  EXPECT_THAT(condition, Not(HasSubstr("OR 1=1")));
  EXPECT_THAT(condition, Not(HasSubstr("plan")));
  EXPECT_THAT(condition, Not(HasSubstr("x'")));
  Json::Object selector = {{"event", text(hostile)}};
  EXPECT_THAT(compiler.selector(Json(selector), "").value(), Not(HasSubstr("OR 1=1")));
  EXPECT_THAT(matching(hostile, "eq", text(hostile)), IsEmpty());
}

TEST_F(FilterTest, ASelectorNamesAnEventOrAll) {
  FilterCompiler compiler;
  EXPECT_EQ(compiler.selector(Json(Json::Object{{"event", text("*")}}), "").value(), "TRUE");
  EXPECT_EQ(compiler.selector(Json(Json::Object{{"event", text("view")}}), "").value(), "e.event_type = $1 AND TRUE");
  EXPECT_THAT(compiler.parameters(), ElementsAre(ports::Value(std::string("view"))));
}

TEST_F(FilterTest, ARefusalSaysWhere) {
  EXPECT_THAT(matching("plan", "like", text("x")), ElementsAre(HasSubstr("/filters/0/op: ")));
  EXPECT_THAT(matching("plan", "eq"), ElementsAre(HasSubstr("/filters/0/value: ")));
  EXPECT_THAT(matching("plan", "eq", list({})), ElementsAre(HasSubstr("/filters/0/value: ")));
  EXPECT_THAT(matching("plan", "in", text("x")), ElementsAre(HasSubstr("/filters/0/value: ")));
  EXPECT_THAT(matching("plan", "in", list({})), ElementsAre(HasSubstr("/filters/0/value: ")));
  EXPECT_THAT(matching("n", "gt", text("5")), ElementsAre(HasSubstr("/filters/0/value: ")));
  EXPECT_THAT(matching("", "exists"), ElementsAre(HasSubstr("/filters/0/property: ")));
  EXPECT_THAT(matching(text("x")), ElementsAre(HasSubstr("/filters: ")));
  EXPECT_THAT(matching(list({text("x")})), ElementsAre(HasSubstr("/filters/0: ")));
  EXPECT_THAT(matching(list({Json(Json::Object{{"propert", text("x")}})})), ElementsAre(HasSubstr("'property'")));
}

}  // namespace
}  // namespace spectrum::query
