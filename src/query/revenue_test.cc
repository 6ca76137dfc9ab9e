// Revenue against loops over random events, and by hand.
#include "query/revenue.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "base/time_text.h"
#include "query/orders.h"
#include "tests/support/random_events.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json text(const std::string& value) { return Json(value); }

class RevenueTest : public testing::Test {
 protected:
  void load() { warehouse_->load({events_, {}, 0, events_.size(), {}}).value(); }
  Scope scope(const std::string& from, const std::string& to, const std::string& zone = "UTC") {
    return {project_, parse_range(from, to, TimeZone::find(zone).value(), now_).value(), 100'000, now_};
  }
  std::string refusal(const Json::Object& body) {
    const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-04"), Json(body));
    return answer.ok() ? "" : answer.error().message;
  }
  void add(const std::string& time, std::string_view user, std::string_view type, std::int64_t amount, std::string_view currency, std::string_view sku = {},
           std::string_view category = {}) {
    model::Event event;
    ids_.push_back("id" + std::to_string(ids_.size()));
    event.event_id = ids_.back();
    event.event_type = type;
    event.user_id = user;
    event.amount_minor = amount;
    event.currency = currency;
    event.product_sku = sku;
    event.product_category = category;
    event.occurred_at = *parse_rfc3339(time);
    events_.push_back({events_.size() + 1, event});
  }

  const Timestamp now_ = *parse_rfc3339("2026-11-02T12:00:00Z");
  const model::Project project_;
  TempDir folder_;
  std::deque<std::string> ids_;
  std::vector<ports::PositionedEvent> events_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open_recorded_warehouse(folder_ / "w.duckdb");
  Orders orders_{*warehouse_, 1 << 20};
};

TEST_F(RevenueTest, CurrenciesAreNeverSummedAndAveragesAreRoundedHalfUp) {
  add("2026-03-02T10:00:00Z", "ann", "purchase", 1000, "EUR", "mug", "kitchen");
  add("2026-03-02T11:00:00Z", "bob", "purchase", 501, "EUR", "pen", "office");
  add("2026-03-03T11:00:00Z", "bob", "refund", 250, "EUR", "pen", "office");
  add("2026-03-03T12:00:00Z", "bob", "purchase", 99, "USD", "pen", "office");
  add("2026-03-03T13:00:00Z", "eve", "refund", 7, "USD");
  load();
  const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-03"), Json(Json::Object{{"refund_event", text("refund")}})).value();
  ASSERT_EQ(answer.totals.size(), 2);
  const auto& eur = answer.totals[0];
  EXPECT_EQ(std::tuple(eur.currency, eur.gross, eur.refunds, eur.net(), eur.orders, eur.buyers), std::tuple("EUR", 1501, 250, 1251, 2, 2));
  EXPECT_EQ(eur.average_order(), 751);  // 750.5
  EXPECT_EQ(eur.average_per_buyer(), 626);  // 625.5
  EXPECT_EQ(answer.totals[1].net(), 92);

  ASSERT_EQ(answer.rows.size(), 4);
  const auto row = [&](std::size_t i) { return std::tuple(answer.rows[i].currency, answer.rows[i].breakdown[0], answer.rows[i].net, answer.rows[i].orders); };
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(row(0), std::tuple("EUR", "office", Numbers{501, -250}, Numbers{1, 0}));
  EXPECT_EQ(row(1), std::tuple("EUR", "kitchen", Numbers{1000, 0}, Numbers{1, 0}));
  EXPECT_EQ(row(2), std::tuple("USD", "office", Numbers{0, 99}, Numbers{0, 1}));
  EXPECT_EQ(row(3), std::tuple("USD", "$other", Numbers{0, -7}, Numbers{0, 0}));
  EXPECT_EQ(answer.rows[2].other_values, std::nullopt);
  EXPECT_EQ(answer.rows[3].other_values, 1);  // What was only given back has no rank.

  ASSERT_EQ(answer.products.size(), 3);
  const auto product = [&](std::size_t i) { return std::tuple(answer.products[i].currency, answer.products[i].sku, answer.products[i].net, answer.products[i].buyers); };
  EXPECT_EQ(product(0), std::tuple("EUR", "mug", 1000, 1));
  EXPECT_EQ(product(1), std::tuple("EUR", "pen", 251, 1));
  EXPECT_EQ(product(2), std::tuple("USD", "pen", 99, 1));
}

TEST_F(RevenueTest, ACurrencyOfOtherEventsIsNotInTheAnswer) {
  add("2026-03-02T10:00:00Z", "ann", "refund", 1000, "EUR");
  add("2026-03-02T11:00:00Z", "bob", "purchase", 500, "USD");
  add("2026-03-02T12:00:00Z", "bob", "purchase", 500, "JPY");
  load();
  ASSERT_TRUE(warehouse_->checkpoint().ok());
  const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-02"), Json(Json::Object())).value();
  ASSERT_EQ(answer.totals.size(), 2);
  EXPECT_EQ(answer.totals[0].currency, "JPY");
  EXPECT_EQ(answer.totals[1].currency, "USD");
}

TEST_F(RevenueTest, AmountsWithoutACurrencyAreSummedByThemselves) {
  add("2026-03-02T10:00:00Z", "ann", "purchase", 5, "");
  add("2026-03-02T11:00:00Z", "bob", "purchase", 7, "EUR");
  load();
  const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-02"), Json(Json::Object())).value();
  ASSERT_EQ(answer.totals.size(), 2);
  EXPECT_EQ(std::pair(answer.totals[0].currency, answer.totals[0].net()), std::pair(std::string(), std::int64_t{5}));
  EXPECT_EQ(answer.totals[1].net(), 7);
}

TEST_F(RevenueTest, ANegativeHalfGoesUpToo) {
  add("2026-03-02T10:00:00Z", "ann", "purchase", -3, "EUR");
  add("2026-03-02T10:00:00Z", "ann", "purchase", 0, "EUR");
  load();
  const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-02"), Json(Json::Object())).value();
  EXPECT_EQ(answer.totals[0].average_order(), -1);  // -1.5
  EXPECT_EQ(answer.totals[0].average_per_buyer(), -3);
}

TEST_F(RevenueTest, WithoutOrdersAveragesAreNothing) {
  add("2026-03-02T10:00:00Z", "ann", "refund", 5, "EUR");
  load();
  const auto answer = ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-02"), Json(Json::Object{{"refund_event", text("refund")}})).value();
  EXPECT_EQ(answer.totals[0].average_order(), std::nullopt);
  EXPECT_EQ(answer.totals[0].average_per_buyer(), std::nullopt);
  EXPECT_THAT(ask_revenue(*warehouse_, scope("2026-03-02", "2026-03-02"), Json(Json::Object())).value().totals, IsEmpty());
}

TEST_F(RevenueTest, ARefusalSaysWhere) {
  EXPECT_THAT(refusal({{"refund_event", text("purchase")}}), HasSubstr("/refund_event: "));
  EXPECT_THAT(refusal({{"limit", Json(std::int64_t{0})}}), HasSubstr("/limit: must be a number from 1 to 10000"));
  EXPECT_THAT(refusal({{"series", Json(Json::Array())}}), HasSubstr("/series: is no field here"));
}

TEST_F(RevenueTest, SumsThatDoNotFitAreRefused) {
  add("2026-03-02T10:00:00Z", "ann", "purchase", 9'000'000'000'000'000'000, "EUR");
  add("2026-03-02T10:00:00Z", "ann", "purchase", 9'000'000'000'000'000'000, "EUR");
  load();
  EXPECT_THAT(refusal({}), HasSubstr("/event: the amounts are too large"));
}

class RevenuePropertyTest : public RevenueTest, public testing::WithParamInterface<unsigned> {};

TEST_P(RevenuePropertyTest, SumsWhatALoopSums) {
  RandomEvents random(GetParam());
  events_ = random.next(4000, 0);
  const Timestamp start = *parse_rfc3339("2026-10-20T00:00:00Z");
  std::map<std::pair<model::ProjectId, std::string>, std::string> category_of;
  const std::string currencies[] = {"EUR", "USD", "JPY"};
  for (auto& [position, event] : events_) {
    event.occurred_at = start + std::chrono::seconds(random.pick(16 * 86'400));
    if (event.amount_minor) event.currency = currencies[random.pick(3)];
    if (!event.product_category.empty()) category_of[{event.project_id, std::string(event.product_sku)}] = event.product_category;
  }
  load();
  for (const std::string zone : {"UTC", "America/New_York", "Australia/Lord_Howe"}) {
    for (const std::string source : {"", "remembered", "web"}) {
      auto scope = this->scope("2026-10-24", "2026-11-02", zone);
      if (source == "remembered") scope.orders = &orders_;
      Json::Object body = {{"refund_event", text("signup")}, {"interval", text("week")}};
      if (source == "web") body.emplace_back("filters", Json(Json::Array{Json(Json::Object{{"property", text("source")}, {"value", text(source)}})}));
      const auto answer = ask_revenue(*warehouse_, scope, Json(body)).value();
      std::map<std::string, Revenue::Total> totals;
      std::map<std::string, std::set<std::pair<bool, std::string_view>>> buyers;
      std::map<std::tuple<std::string, std::string, std::size_t>, std::pair<std::int64_t, std::int64_t>> cells;
      std::map<std::pair<std::string, std::string>, std::int64_t> products;
      std::map<std::pair<std::string, std::string>, std::set<std::pair<bool, std::string_view>>> buyers_of_product;
      for (const auto& [position, event] : events_) {
        if (event.project_id != 1 || event.occurred_at < scope.range.from || event.occurred_at >= scope.range.until) continue;
        if (!event.amount_minor || (event.event_type != "purchase" && event.event_type != "signup")) continue;
        if (source == "web" && event.source != source) continue;
        const bool is_order = event.event_type == "purchase";
        const std::string currency(event.currency);
        auto& total = totals[currency];
        (is_order ? total.gross : total.refunds) += *event.amount_minor;
        total.orders += is_order;
        if (is_order) buyers[currency].emplace(event.is_anonymous(), event.user_key());
        const auto known = category_of.find({1, std::string(event.product_sku)});
        const std::string category = known == category_of.end() ? "$none" : known->second;
        std::size_t bucket = 0;
        while (event.occurred_at >= answer.buckets[bucket].end) ++bucket;
        auto& cell = cells[{currency, category, bucket}];
        cell.first += is_order ? *event.amount_minor : -*event.amount_minor;
        cell.second += is_order;
        if (event.product_sku.empty()) continue;
        const std::pair product(currency, std::string(event.product_sku));
        products[product] += is_order ? *event.amount_minor : -*event.amount_minor;
        if (is_order) buyers_of_product[product].emplace(event.is_anonymous(), event.user_key());
      }
      ASSERT_EQ(answer.totals.size(), totals.size());
      for (const auto& total : answer.totals) {
        EXPECT_EQ(total.gross, totals[total.currency].gross);
        EXPECT_EQ(total.refunds, totals[total.currency].refunds);
        EXPECT_EQ(total.orders, totals[total.currency].orders);
        EXPECT_EQ(total.buyers, static_cast<std::int64_t>(buyers[total.currency].size()));
        const auto behind = revenue_actors(*warehouse_, scope, Json(body), Json(Json::Object{{"currency", text(total.currency)}})).value();
        EXPECT_EQ(total.buyers, static_cast<std::int64_t>(behind.size()));
      }
      for (const auto& row : answer.rows) {
        for (std::size_t bucket = 0; bucket < answer.buckets.size(); ++bucket) {
          const auto& cell = cells[{row.currency, row.breakdown[0], bucket}];
          EXPECT_EQ(row.net[bucket], cell.first) << row.breakdown[0];
          EXPECT_EQ(row.orders[bucket], cell.second) << row.breakdown[0];
        }
      }
      EXPECT_EQ(answer.products.size(), products.size());
      for (const auto& product : answer.products) {
        EXPECT_EQ(product.net, (products[{product.currency, product.sku}]));
        EXPECT_EQ(product.buyers, static_cast<std::int64_t>(buyers_of_product[{product.currency, product.sku}].size()));
      }
      EXPECT_TRUE(std::ranges::is_sorted(answer.products, [](const auto& a, const auto& b) { return std::pair(-a.net, a.sku) < std::pair(-b.net, b.sku); }));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RevenuePropertyTest, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace spectrum::query
