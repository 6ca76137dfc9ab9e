#include "load/rebuild.h"

#include <gmock/gmock.h>

#include "adapters/duckdb/warehouse.h"
#include "adapters/local/object_store.h"
#include "lake/exporter.h"
#include "load/batch.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/kept_rejections.h"
#include "tests/support/random_events.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::load {
namespace {

constexpr model::Position kEnd = std::numeric_limits<model::Position>::max();

class RebuildTest : public testing::Test {
 protected:
  std::unique_ptr<ports::Warehouse> warehouse(const std::string& name) {
    return duckdb::DuckdbWarehouse::open(folder_.path() + "/" + name + ".duckdb", {}).value();
  }
  void append_events(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) records.push_back(random_.next_record());
    ASSERT_TRUE(append(*log_, records).ok());
  }
  /// Loads the log's rest in batches of random sizes.
  void load_all() {
    const auto reader = log_->read_after(original_->cursor().value()).value();
    Batch batch;
    for (auto records = reader->next(1 << 16).value(); !records.empty();
         records = reader->next(1 << 16).value()) {
      while (!records.empty()) {
        const auto part = records.first(
            std::min<std::size_t>(records.size(), static_cast<std::size_t>(1 + random_.pick(90))));
        ASSERT_TRUE(batch.read(part).ok());
        ASSERT_TRUE(original_->load(batch.facts({})).ok());
        records = records.subspan(part.size());
      }
    }
  }
  void export_all() { ASSERT_TRUE(exporter_.run_once().ok()); }
  Truth truth() { return {*lake_, *log_, rejections_, {}}; }
  void expect_equal(ports::Warehouse& rebuilt) {
    const auto difference = warehouse::first_difference(*original_, rebuilt, {}).value();
    EXPECT_FALSE(difference) << warehouse::describe(*difference);
  }

  TempDir folder_;
  SystemClock clock_;
  RandomEvents random_{5};
  std::unique_ptr<ports::EventLog> log_ = log::SegmentLog::open(folder_.path() + "/log", {}, clock_).value();
  std::unique_ptr<ports::Warehouse> original_ = warehouse("original");
  std::unique_ptr<ports::ObjectStore> store_ =
      local::LocalObjectStore::open(folder_.path() + "/lake").value();
  std::unique_ptr<lake::Lake> lake_ = lake::Lake::open(*store_).value();
  lake::Exporter exporter_{{*original_, *log_, *lake_, clock_},
                           {.staging_folder = folder_.path() + "/staging"}};
  KeptRejections rejections_;
};

TEST_F(RebuildTest, GivesEqualRowsFromTheLogAlone) {
  append_events(800);
  load_all();
  const auto rebuilt = warehouse("rebuilt");
  ASSERT_TRUE(rebuild(truth(), *rebuilt, kEnd, {}).ok());
  expect_equal(*rebuilt);
}

TEST_F(RebuildTest, GivesEqualRowsFromLakeAndLog) {
  for (int i = 0; i < 4; ++i) {
    append_events(300);
    load_all();
    if (i < 3) export_all();
  }
  const auto rebuilt = warehouse("rebuilt");
  std::set<std::string> steps;
  ASSERT_TRUE(
      rebuild(truth(), *rebuilt, kEnd, [&](std::string_view step, std::uint64_t done, std::uint64_t total) {
        EXPECT_LE(done, total);
        steps.insert(std::string(step));
      }).ok());
  expect_equal(*rebuilt);
  EXPECT_THAT(steps, testing::ElementsAre("lake", "log"));
}

TEST_F(RebuildTest, GivesEqualRowsFromTheLakeAlone) {
  append_events(500);
  load_all();
  export_all();
  const auto rebuilt = warehouse("rebuilt");
  ASSERT_TRUE(rebuild(truth(), *rebuilt, kEnd, {}).ok());
  expect_equal(*rebuilt);
}

TEST_F(RebuildTest, StopsAtTheWantedPosition) {
  append_events(100);
  const auto rebuilt = warehouse("rebuilt");
  ASSERT_TRUE(rebuild(truth(), *rebuilt, 33, {}).ok());
  EXPECT_EQ(rebuilt->cursor().value(), 33u);
}

TEST_F(RebuildTest, VerifyFindsNothingWrong) {
  append_events(300);
  load_all();
  export_all();
  append_events(100);
  load_all();
  append_events(50);
  const auto scratch = warehouse("scratch");
  const auto difference = verify(truth(), *original_, *scratch, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
  EXPECT_EQ(original_->cursor().value(), log_->stats().last) << "what was not loaded yet is looked at, too";
}

TEST_F(RebuildTest, VerifySeesThatTheLogLostRecords) {
  append_events(30);
  load_all();
  log_ = log::SegmentLog::open(folder_.path() + "/empty-log", {}, clock_).value();
  const auto scratch = warehouse("scratch");
  EXPECT_EQ(verify(truth(), *original_, *scratch, {}).error().code, Errc::corrupt);
}

TEST_F(RebuildTest, KeepsWhatWasRefusedAndNobodyHadRead) {
  append_events(3);
  model::Rejection rejection;
  rejection.project_id = 1;
  rejection.code = "invalid_value";
  std::string record;
  model::encode(rejection, record);
  ASSERT_TRUE(append(*log_, {record}).ok());
  const auto rebuilt = warehouse("rebuilt");
  ASSERT_TRUE(rebuild(truth(), *rebuilt, kEnd, {}).ok());
  EXPECT_THAT(rejections_.positions, testing::ElementsAre(4));
}

TEST_F(RebuildTest, ComparesTimesThatLieCenturiesApartInFewSteps) {
  model::Event old = random_.next();
  old.occurred_at = from_micros(0) - std::chrono::years(300);
  std::string record;
  model::encode(old, record);
  ASSERT_TRUE(append(*log_, {record, random_.next_record()}).ok());
  load_all();
  const std::string statements = folder_.path() + "/statements";
  RecordedWarehouse rebuilt(warehouse("rebuilt"), statements);
  ASSERT_TRUE(rebuild(truth(), rebuilt, kEnd, {}).ok());
  expect_equal(rebuilt);
  EXPECT_LT(statements_with(statements, "BETWEEN"), 50u);
}

/// Plants a difference behind the lake, and expects it to be found and described.
class PlantedDifference : public RebuildTest {
 protected:
  std::string found_after(const std::string& sql) {
    append_events(200);
    load_all();
    export_all();
    append_events(200);
    load_all();
    original_->query(sql, {}).value();
    const auto scratch = warehouse("scratch");
    const auto difference = verify(truth(), *original_, *scratch, {}).value();
    return difference ? warehouse::describe(*difference) : "";
  }
};

TEST_F(PlantedDifference, AChangedValueIsFound) {
  EXPECT_THAT(found_after("UPDATE fact_events SET event_type = 'planted' WHERE seq = 321"),
              testing::StartsWith("fact_events seq=321: event_type is planted in the warehouse"));
}

TEST_F(PlantedDifference, AMissingFactIsFound) {
  EXPECT_EQ(found_after("DELETE FROM fact_events WHERE seq = 77"),
            "fact_events seq=77: the warehouse lacks this row");
}

TEST_F(PlantedDifference, ADoubledFactIsFound) {
  EXPECT_THAT(found_after("INSERT INTO fact_events SELECT * FROM fact_events WHERE seq = 300"),
              testing::StartsWith("fact_events seq=300: the warehouse has this row"));
}

TEST_F(PlantedDifference, AChangedDimensionIsFound) {
  EXPECT_THAT(found_after("UPDATE dim_sessions SET duration_s = -1 WHERE session_id = 3"),
              testing::StartsWith("dim_sessions session_id=3: duration_s is -1"));
}

TEST_F(PlantedDifference, AChangedLedgerIsFound) {
  EXPECT_THAT(found_after("UPDATE ledger SET stored = stored + 1"),
              testing::StartsWith("ledger project_id=1, hour="));
}

TEST_F(PlantedDifference, AnUnexpectedUserIsFound) {
  EXPECT_THAT(found_after("INSERT INTO dim_users SELECT 9999, project_id, 'planted', anonymous, first_seen, "
                          "last_seen, segment, traits "
                          "FROM dim_users WHERE user_id = 1"),
              testing::StartsWith("dim_users user_id=9999: the warehouse has this row"));
}

TEST_F(RebuildTest, VerifyLoadsAgainWhatACrashTook) {
  append_events(10);
  load_all();
  export_all();
  const auto behind = warehouse("behind"), scratch = warehouse("scratch");
  const auto difference = verify(truth(), *behind, *scratch, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
  EXPECT_EQ(behind->cursor().value(), 10u);
}

TEST_F(RebuildTest, AnEmptyWarehouseDoesNotLagBehindAWholeLog) {
  EXPECT_FALSE(lags_behind_log(*original_, *log_).value());
  append_events(10);
  EXPECT_FALSE(lags_behind_log(*original_, *log_).value());
}

}  // namespace
}  // namespace spectrum::load
