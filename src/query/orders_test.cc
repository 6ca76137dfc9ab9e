// What is remembered of the events that have an amount, and when it is read again.
#include "query/orders.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "query/revenue.h"
#include "tests/support/json_literal.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kPlenty = 1 << 20;

struct Order {
  std::string_view type = "purchase";
  std::string_view category = "kitchen";
  std::string_view currency = "EUR";
};

class OrdersTest : public testing::Test {
 protected:
  /// Amounts on a day of March 2026.
  void load(int day, const std::vector<std::int64_t>& amounts, const Order& order = {}) {
    const model::Position after = position_;
    std::deque<std::string> ids;
    std::vector<ports::PositionedEvent> events;
    for (const auto amount : amounts) {
      model::Event& event = events.emplace_back(ports::PositionedEvent{++position_, {}}).event;
      event.event_id = ids.emplace_back(std::to_string(position_));
      event.event_type = order.type;
      event.user_id = "ann";
      event.occurred_at = event.received_at = at(day);
      event.amount_minor = amount;
      event.currency = order.currency;
      event.product_sku = "mug";
      event.product_category = order.category;
    }
    (void)warehouse_.load({events, {}, after, position_, {}}).value();
  }
  static Timestamp at(int day) { return Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 3 / day)); }

  Scope scope(int from, int until) {
    Scope scope{project_, {at(from), at(until), TimeZone::find("UTC").value()}, position_, at(31)};
    scope.orders = &orders_;
    return scope;
  }
  /// The rows of an answer: what they are of, and the sum of their days.
  static std::vector<std::string> rows(const Result<Revenue>& revenue) {
    std::vector<std::string> rows;
    for (const auto& row : revenue.value().rows) {
      std::int64_t net = 0;
      for (const auto day : row.net) net += day;
      rows.push_back(row.breakdown[0] + " " + std::to_string(net) + " " + row.currency);
    }
    return rows;
  }
  std::vector<std::string> ask(const Scope& scope, const std::string& body = "{}") {
    return rows(ask_revenue(warehouse_, scope, JsonLiteral::read(body)));
  }
  /// How many statements read facts so far.
  std::size_t readings() const { return statements_with(statements_, "FROM fact_events"); }

  const model::Project project_;
  TempDir folder_;
  const std::string statements_ = folder_ / "statements";
  RecordedWarehouse warehouse_{duckdb::DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value(), statements_};
  Orders orders_{warehouse_, kPlenty};
  model::Position position_ = 0;
};

TEST_F(OrdersTest, WhatWasReadOnceIsNotReadAgain) {
  load(2, {100, 20});
  load(3, {5}, {.type = "refund"});
  const auto body = "{'refund_event':'refund'}";
  EXPECT_THAT(ask(scope(1, 9), body), ElementsAre("kitchen 115 EUR"));
  const auto once = readings();
  EXPECT_THAT(ask(scope(1, 9), body), ElementsAre("kitchen 115 EUR"));
  EXPECT_THAT(ask(scope(2, 4), body), ElementsAre("kitchen 115 EUR"));
  EXPECT_THAT(ask(scope(2, 3)), ElementsAre("kitchen 120 EUR"));
  EXPECT_EQ(readings(), once);
}

TEST_F(OrdersTest, WhatCameSinceIsAdded) {
  load(4, {100});
  EXPECT_THAT(ask(scope(3, 9)), ElementsAre("kitchen 100 EUR"));
  load(2, {7});  // Late.
  load(5, {20}, {.currency = "USD"});
  EXPECT_THAT(ask(scope(3, 9)), ElementsAre("kitchen 100 EUR", "kitchen 20 USD"));
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("kitchen 107 EUR", "kitchen 20 USD"));
  load(2, {1});
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("kitchen 108 EUR", "kitchen 20 USD"));
}

TEST_F(OrdersTest, AnEarlierRangeIsReadWhenItIsAskedFor) {
  load(2, {1});
  load(6, {10});
  load(12, {100});
  EXPECT_THAT(ask(scope(10, 20)), ElementsAre("kitchen 100 EUR"));
  EXPECT_THAT(ask(scope(5, 20)), ElementsAre("kitchen 110 EUR"));
  EXPECT_THAT(ask(scope(1, 20)), ElementsAre("kitchen 111 EUR"));
  EXPECT_THAT(ask(scope(1, 10)), ElementsAre("kitchen 11 EUR"));
}

TEST_F(OrdersTest, AnOlderPositionCountsWhatWasThereThen) {
  load(2, {1});
  const auto before = position_;
  load(2, {10}, {.currency = "JPY"});
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("kitchen 1 EUR", "kitchen 10 JPY"));
  auto older = scope(1, 9);
  older.as_of = before;
  EXPECT_THAT(ask(older), ElementsAre("kitchen 1 EUR"));
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("kitchen 1 EUR", "kitchen 10 JPY"));
}

TEST_F(OrdersTest, AProductIsOfTheCategoryThatItHasNow) {
  load(2, {1});
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("kitchen 1 EUR"));
  load(3, {2}, {.category = "garden"});
  EXPECT_THAT(ask(scope(1, 9)), ElementsAre("garden 3 EUR"));
}

TEST_F(OrdersTest, FiltersAndOtherBreakdownsAreAskedOfTheFacts) {
  load(2, {1});
  (void)ask(scope(1, 9));
  const auto once = readings();
  EXPECT_THAT(ask(scope(1, 9), "{'filters':[{'property':'currency','value':'USD'}]}"), ElementsAre());
  EXPECT_THAT(ask(scope(1, 9), "{'breakdown':['event_type']}"), ElementsAre("purchase 1 EUR"));
  EXPECT_EQ(readings(), once + 2);
}

TEST_F(OrdersTest, TooManyAreAskedOfTheFactsEachTime) {
  Orders few(warehouse_, 200);
  load(2, {1, 2, 3});
  load(3, {10, 20, 30, 40});
  for (int i = 0; i < 2; ++i) {
    auto all = scope(1, 9);
    all.orders = &few;
    EXPECT_THAT(ask(all), ElementsAre("kitchen 106 EUR"));
  }
  const auto before = readings();
  auto day = scope(2, 3);
  day.orders = &few;
  EXPECT_THAT(ask(day), ElementsAre("kitchen 6 EUR"));
  EXPECT_EQ(readings(), before + 1);
}

TEST_F(OrdersTest, WhatWasAskedForLastStaysWhenNotAllFits) {
  load(2, {1, 2, 3});
  load(2, {4, 5, 6}, {.type = "refund"});
  Orders small(warehouse_, 400);
  auto range = scope(1, 9);
  range.orders = &small;
  (void)ask(range);
  (void)ask(range, "{'event':'refund'}");
  const auto before = readings();
  EXPECT_THAT(ask(range, "{'event':'refund'}"), ElementsAre("kitchen 15 EUR"));
  EXPECT_EQ(readings(), before);
  EXPECT_THAT(ask(range), ElementsAre("kitchen 6 EUR"));
  EXPECT_EQ(readings(), before + 1);
}

}  // namespace
}  // namespace spectrum::query
