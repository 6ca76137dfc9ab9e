// Promoted properties: columns that hold what the JSON holds, whenever they are looked at.
#include <gmock/gmock.h>

#include <deque>

#include "adapters/duckdb/warehouse.h"
#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"

namespace spectrum::duckdb {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class PromotedTest : public testing::Test {
 protected:
  void load(std::size_t count) {
    auto events = random_.next(count, loaded_);
    for (auto& [position, event] : events) {
      const char* const texts[] = {R"({"plan":"pro","n":2.0})", R"({"plan":7,"n":"x"})", R"({"n":1.5,"plan":null})", R"({"plan":{"a":[1,2.50]}})", R"({"odd'key":true})", ""};
      event.properties = texts[random_.pick(6)];
    }
    ASSERT_TRUE(warehouse_->load({events, {}, loaded_, loaded_ + count, {}}).ok());
    loaded_ += count;
  }
  void open_again() {
    ASSERT_TRUE(warehouse_->checkpoint().ok());
    warehouse_.reset();
    warehouse_ = open();
  }
  std::int64_t number(const std::string& sql) { return std::get<std::int64_t>(warehouse_->query(sql, {}).value().rows[0][0]); }
  /// Facts up to a position whose columns are not what the JSON says.
  std::int64_t differences(const ports::PromotedProperty& property, model::Position from, model::Position until) {
    const std::string place = "'/" + (property.property == "odd'key" ? "odd''key" : property.property) + "'";
    return number("SELECT count(*) FROM fact_events WHERE seq > " + std::to_string(from) + " AND seq <= " + std::to_string(until) + " AND (" +
                  property.text_column + " IS DISTINCT FROM property_text(properties, " + place + ") OR " + property.number_column +
                  " IS DISTINCT FROM property_number(properties, " + place + "))");
  }
  void fill_all() {
    for (int step = 0; step < 1000; ++step) {
      if (!warehouse_->fill_promoted().value()) return;
    }
    FAIL() << "it never ends";
  }
  std::unique_ptr<DuckdbWarehouse> open() { return DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value(); }

  TempDir folder_;
  RandomEvents random_{3};
  model::Position loaded_ = 0;
  std::unique_ptr<DuckdbWarehouse> warehouse_ = open();
};

TEST_F(PromotedTest, ColumnsHoldWhatTheJsonHolds) {
  load(3000);
  for (const std::string property : {"plan", "n", "odd'key"}) ASSERT_TRUE(warehouse_->promote(property).ok());
  load(1);
  load(2000);
  ASSERT_THAT(warehouse_->promoted(), SizeIs(3));
  for (const auto& property : warehouse_->promoted()) {
    EXPECT_FALSE(property.is_filled());
    EXPECT_EQ(differences(property, 3000, loaded_), 0) << property.property;
    EXPECT_GT(differences(property, 0, 3000), 0) << property.property;
  }
  fill_all();
  load(2000);
  for (const auto& property : warehouse_->promoted()) {
    EXPECT_TRUE(property.is_filled());
    EXPECT_EQ(differences(property, 0, loaded_), 0) << property.property;
  }
  EXPECT_GT(number("SELECT count(p1) FROM fact_events"), 1000);
}

TEST_F(PromotedTest, APropertyIsPromotedOnceAndStays) {
  ASSERT_TRUE(warehouse_->promote("plan").ok());
  ASSERT_TRUE(warehouse_->promote("plan").ok());
  EXPECT_THAT(warehouse_->promoted(), SizeIs(1));
  EXPECT_TRUE(warehouse_->promoted()[0].is_filled());
  load(500);
  open_again();
  load(500);
  EXPECT_THAT(warehouse_->promoted(), SizeIs(1));
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, loaded_), 0);
}

TEST_F(PromotedTest, FillingGoesOnWhereItEnded) {
  for (int i = 0; i < 13; ++i) load(20'000);
  ASSERT_TRUE(warehouse_->promote("plan").ok());
  ASSERT_TRUE(warehouse_->fill_promoted().value());
  const auto filled = warehouse_->promoted()[0].filled_until;
  EXPECT_GT(filled, 0);
  EXPECT_LT(filled, loaded_);
  open_again();
  EXPECT_EQ(warehouse_->promoted()[0].filled_until, filled);
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, filled), 0);
  load(1000);
  fill_all();
  open_again();
  EXPECT_TRUE(warehouse_->promoted()[0].is_filled());
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, loaded_), 0);
}

TEST_F(PromotedTest, BatchesThatGoStraightIntoTheFileAreFilledToo) {
  ASSERT_TRUE(warehouse_->promote("plan").ok());
  load(122'880);
  load(122'880);
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, loaded_), 0);
  open_again();
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, loaded_), 0);
}

TEST_F(PromotedTest, ARestoredWarehouseFillsItsColumnsAnew) {
  load(3000);
  const auto exported = warehouse_->export_parquet(0, folder_ / "export").value();
  auto restored = DuckdbWarehouse::open(folder_ / "r.duckdb", {}).value();
  ASSERT_TRUE(restored->promote("plan").ok());
  ASSERT_TRUE(restored->restore(exported, {}).ok());
  warehouse_ = std::move(restored);
  EXPECT_FALSE(warehouse_->promoted()[0].is_filled());
  fill_all();
  EXPECT_EQ(differences(warehouse_->promoted()[0], 0, loaded_), 0);
  EXPECT_GT(number("SELECT count(p1) FROM fact_events"), 500);
}

}  // namespace
}  // namespace spectrum::duckdb
