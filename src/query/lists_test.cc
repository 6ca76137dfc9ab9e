// Lists behind the numbers: events, properties, people, and the names that a project knows.
#include <gmock/gmock.h>

#include "base/time_text.h"
#include "query/actors.h"
#include "query/demand.h"
#include "query/events.h"
#include "query/filter.h"
#include "query/names.h"
#include "query/properties.h"
#include "query/trends.h"
#include "tests/support/random_events.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::HasSubstr;

Json text(const std::string& value) { return Json(value); }

class ListsTest : public testing::Test {
 protected:
  ListsTest() {
    events_ = random_.next(kEvents, 0);
    warehouse_->load({events_, {}, 0, kEvents, {}}).value();
    scope_.names = &names_;
  }
  std::vector<const ports::PositionedEvent*> mine() const {
    std::vector<const ports::PositionedEvent*> mine;
    for (const auto& event : events_) {
      if (event.event.project_id == 1) mine.push_back(&event);
    }
    return mine;
  }

  static constexpr model::Position kEvents = 500;
  const Timestamp now_ = *parse_rfc3339("2026-11-02T12:00:00Z");
  const model::Project project_;
  TempDir folder_;
  RandomEvents random_{7};
  std::vector<ports::PositionedEvent> events_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open_recorded_warehouse(folder_ / "w.duckdb");
  Names names_{*warehouse_};
  Scope scope_{project_, parse_range("2020-01-01", "2030-01-01", TimeZone::find("UTC").value(), now_).value(), kEvents, now_};
};

TEST_F(ListsTest, PagesOfEventsAreAllEventsNewestFirst) {
  std::vector<std::pair<Timestamp, model::Position>> listed, wanted;
  std::string cursor;
  do {
    const auto page = ask_events(*warehouse_, scope_, Json(Json::Object{{"limit", Json(std::int64_t{37})}, {"cursor", text(cursor)}})).value();
    for (const auto& row : page.rows) {
      const auto& sent = events_[row.position - 1].event;
      EXPECT_EQ(row.event_id, sent.event_id);
      EXPECT_EQ(row.session_id, sent.session_id);
      EXPECT_EQ(row.sku, sent.product_sku);
      EXPECT_EQ(row.value, sent.value);
      EXPECT_EQ(row.properties, sent.properties);
      listed.emplace_back(row.occurred_at, row.position);
    }
    cursor = page.next_cursor;
  } while (!cursor.empty());
  for (const auto* event : mine()) wanted.emplace_back(event->event.occurred_at, event->position);
  std::sort(wanted.rbegin(), wanted.rend());
  EXPECT_EQ(listed, wanted);
}

TEST_F(ListsTest, PropertiesAreCountedByEvent) {
  const auto answer = ask_properties(*warehouse_, scope_, Json(Json::Object())).value();
  std::int64_t with_n = 0, with_source = 0;
  for (const auto* event : mine()) {
    with_n += event->event.properties.find("\"n\"") != std::string_view::npos;
    with_source += !event->event.source.empty();
  }
  const auto count = [&](const std::string& name) { return std::ranges::find(answer.properties, name, &Properties::Property::name)->count; };
  EXPECT_EQ(count("n"), with_n);
  EXPECT_EQ(count("source"), with_source);
  EXPECT_EQ(answer.looked_at, static_cast<std::int64_t>(mine().size()));
  EXPECT_FALSE(answer.has_older);
}

TEST_F(ListsTest, PeopleComeInPagesThatAddUpToTheTotal) {
  const Json question(Json::Object{{"series", Json(Json::Array{Json(Json::Object{{"measure", text("unique_users")}})})}});
  const auto total = *ask_trends(*warehouse_, scope_, question).value().rows[0].total;
  std::set<std::pair<std::string, bool>> people;
  std::string cursor;
  do {
    const auto page = ask_actors(*warehouse_, scope_, Json(Json::Object{{"of", Json(Json::Object{{"kind", text("trends")}, {"body", question}})},
                                                                        {"limit", Json(std::int64_t{5})}, {"cursor", text(cursor)}})).value();
    EXPECT_EQ(static_cast<double>(page.total), total);
    for (const auto& user : page.users) EXPECT_TRUE(people.emplace(user.user_id, user.is_anonymous).second);
    cursor = page.next_cursor;
  } while (!cursor.empty());
  EXPECT_EQ(static_cast<double>(people.size()), total);
}

TEST_F(ListsTest, AKeyIsKnownAsSoonAsAnEventHasIt) {
  ASSERT_TRUE(names_.learn(kEvents, {}).ok());
  FilterCompiler compiler(scope_);
  EXPECT_THAT(compiler.property("brand new", "/property").error().message, HasSubstr("no event of this project has the property 'brand new'"));
  model::Event event = events_.front().event;
  event.project_id = 1;
  event.event_id = "with a new key";
  event.properties = R"({"brand new":1,"nothing":null,"a/b~c":true})";
  warehouse_->load({std::vector<ports::PositionedEvent>{{kEvents + 1, event}}, {}, kEvents, kEvents + 1, {}}).value();
  scope_.as_of = kEvents + 1;
  EXPECT_TRUE(compiler.property("brand new", "/property").ok());
  EXPECT_TRUE(compiler.property("a/b~c", "/property").ok());
  EXPECT_FALSE(compiler.property("nothing", "/property").ok());
}

TEST_F(ListsTest, OfMoreKeysThanAreKeptEachIsKnownStill) {
  std::string properties = "{";
  for (int i = 0; i < 12'000; ++i) properties += (i == 0 ? "\"key " : ",\"key ") + std::to_string(i) + "\":1";
  properties += "}";
  model::Event event = events_.front().event;
  event.project_id = 1;
  event.event_id = "with many keys";
  event.properties = properties;
  warehouse_->load({std::vector<ports::PositionedEvent>{{kEvents + 1, event}}, {}, kEvents, kEvents + 1, {}}).value();
  scope_.as_of = kEvents + 1;
  FilterCompiler compiler(scope_);
  for (const char* const name : {"key 0", "key 11999"}) EXPECT_TRUE(compiler.property(name, "/property").ok()) << name;
  EXPECT_THAT(compiler.property("key 12000", "/property").error().message, HasSubstr("did you mean 'key 1000', 'key 1200'"));
}

TEST_F(ListsTest, AKeyThatIsReadOftenIsWantedOnceAndWithinTheLimit) {
  Demand demand({{"declared"}, 1});
  scope_.demand = &demand;
  FilterCompiler compiler(scope_);
  for (int i = 1; i < Demand::kOften; ++i) ASSERT_TRUE(compiler.property("text", "/property").ok());
  EXPECT_TRUE(demand.take_wanted(*warehouse_).value().empty());
  ASSERT_TRUE(compiler.property("properties.text", "/property").ok());
  EXPECT_EQ(demand.take_wanted(*warehouse_).value(), std::vector<std::string>{"text"});
  ASSERT_TRUE(warehouse_->promote("text").ok());
  ASSERT_TRUE(warehouse_->promote("declared").ok());
  for (int i = 0; i < Demand::kOften; ++i) demand.note(1, "another");
  EXPECT_TRUE(demand.take_wanted(*warehouse_).value().empty());
}

TEST_F(ListsTest, UnknownNamesAreRefusedWithTheNearest) {
  FilterCompiler compiler(scope_);
  EXPECT_TRUE(compiler.check_event("signup", "/event").ok());
  EXPECT_THAT(compiler.check_event("sign_up", "/event").error().message, HasSubstr("/event: no event of this project has the type 'sign_up'; did you mean 'signup', "));
  EXPECT_TRUE(compiler.property("text", "/property").ok());
  EXPECT_TRUE(compiler.property("user.traits.plan", "/property").ok());
  EXPECT_THAT(compiler.property("user.traits.plans", "/property").error().message, HasSubstr("'user.traits.plan'"));
  EXPECT_THAT(compiler.property("txt", "/property").error().message, HasSubstr("did you mean 'text'"));
}

}  // namespace
}  // namespace spectrum::query
