#include "lake/exporter.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <ranges>

#include "adapters/duckdb/warehouse.h"
#include "adapters/local/object_store.h"
#include "log/segment_log.h"
#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"
#include "warehouse/compare.h"
#include "warehouse/tables.h"

namespace spectrum::lake {
namespace {

/// A store whose k-th write from now fails, before or after it took effect.
class FailingStore final : public ports::ObjectStore {
 public:
  explicit FailingStore(ports::ObjectStore& store) : store_(store) {}
  void fail_at(int operation, bool after_effect) {
    left_ = operation;
    after_effect_ = after_effect;
  }

  Status put(const std::string& key, std::string_view bytes) override {
    return write([&] { return store_.put(key, bytes); });
  }
  Status put_file(const std::string& key, const std::string& path) override {
    return write([&] { return store_.put_file(key, path); });
  }
  Status sync() override {
    return write([&] { return store_.sync(); });
  }
  Status remove(const std::string& key) override {
    return write([&] { return store_.remove(key); });
  }
  Result<std::string> get(const std::string& key) override { return store_.get(key); }
  std::string location(const std::string& key) const override { return store_.location(key); }
  Result<std::vector<ports::ObjectInfo>> list(const std::string& prefix) override {
    return store_.list(prefix);
  }

 private:
  Status write(const std::function<Status()>& operation) {
    if (left_-- != 0) return operation();
    if (after_effect_) (void)operation();
    return unavailable("planned failure");
  }
  ports::ObjectStore& store_;
  int left_ = -1;
  bool after_effect_ = false;
};

class ExporterTest : public testing::Test {
 protected:
  void load(std::size_t count) {
    const model::Position after = warehouse_->cursor().value();
    const auto events = random_.next(count, after);
    ASSERT_TRUE(warehouse_->load({events, {}, after, after + count, {}}).ok());
  }
  std::unique_ptr<Exporter> exporter(std::size_t files_to_merge = 8) {
    return std::make_unique<Exporter>(
        ExporterPorts{*warehouse_, *log_, *lake_, clock_},
        ExporterOptions{.staging_folder = folder_.path() + "/staging", .files_to_merge = files_to_merge});
  }
  /// A new start: what is in memory is gone.
  void open_lake_again() { lake_ = Lake::open(failing_).value(); }

  std::set<std::string> keys_in_store() {
    std::set<std::string> keys;
    const auto objects = store_->list("").value();
    for (const auto& object : objects) keys.insert(object.key);
    return keys;
  }
  /// Each position of the lake's facts once and none twice; and the dimensions as the warehouse had them
  /// then.
  void expect_lake_is_whole(std::size_t facts) {
    auto restored =
        duckdb::DuckdbWarehouse::open(folder_.path() + "/" + std::to_string(++restored_) + ".duckdb", {})
            .value();
    ASSERT_TRUE(restore(*lake_, *restored, {}).ok());
    const auto rows =
        restored->query("SELECT count(*), count(DISTINCT seq) FROM fact_events", {}).value().rows;
    EXPECT_EQ(std::get<std::int64_t>(rows[0][0]), static_cast<std::int64_t>(facts));
    EXPECT_EQ(std::get<std::int64_t>(rows[0][1]), static_cast<std::int64_t>(facts));
    if (lake_->position() != warehouse_->cursor().value()) return;
    const auto difference = warehouse::first_difference(*restored, *warehouse_, {}).value();
    EXPECT_FALSE(difference) << warehouse::describe(*difference);
  }

  TempDir folder_;
  ManualClock clock_{Timestamp(std::chrono::hours(490'000))};
  RandomEvents random_{3};
  std::unique_ptr<ports::EventLog> log_ = log::SegmentLog::open(folder_.path() + "/log", {}, clock_).value();
  std::unique_ptr<ports::Warehouse> warehouse_ =
      duckdb::DuckdbWarehouse::open(folder_.path() + "/w.duckdb", {}).value();
  std::unique_ptr<ports::ObjectStore> store_ =
      local::LocalObjectStore::open(folder_.path() + "/lake").value();
  FailingStore failing_{*store_};
  std::unique_ptr<Lake> lake_ = Lake::open(failing_).value();
  int restored_ = 0;
};

TEST_F(ExporterTest, BringsEverythingIntoTheLake) {
  load(300);
  ASSERT_TRUE(exporter()->run_once().ok());
  EXPECT_EQ(lake_->position(), 300u);
  expect_lake_is_whole(300);
}

TEST_F(ExporterTest, LaysFilesOutByTableAndDate) {
  load(50);
  ASSERT_TRUE(exporter()->run_once().ok());
  for (const auto& file : lake_->manifest().files) {
    const std::string folder =
        file.table == warehouse::kFacts ? "fact_events/event_date=" + file.partition + "/" : file.table + "/";
    EXPECT_THAT(file.key, testing::StartsWith(folder));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/lake/" + file.key));
  }
}

TEST_F(ExporterTest, DoesNothingWhenNothingIsNew) {
  load(10);
  const auto exporting = exporter();
  ASSERT_TRUE(exporting->run_once().ok());
  const auto before = lake_->manifest();
  ASSERT_TRUE(exporting->run_once().ok());
  EXPECT_EQ(lake_->manifest(), before);
}

TEST_F(ExporterTest, AddsFactsAndReplacesDimensions) {
  const auto exporting = exporter();
  for (int i = 0; i < 3; ++i) {
    load(100);
    ASSERT_TRUE(exporting->run_once().ok());
  }
  const auto files = lake_->manifest().files;
  EXPECT_EQ(std::ranges::count(files, "dim_users", &LakeFile::table), 1);
  EXPECT_EQ(std::ranges::count(files, "ledger", &LakeFile::table), 0) << "no ledger was loaded";
  expect_lake_is_whole(300);
}

TEST_F(ExporterTest, ReplacedFilesStayUntilTheNextRun) {
  const auto exporting = exporter();
  load(10);
  ASSERT_TRUE(exporting->run_once().ok());
  const auto first = lake_->manifest().files;
  load(10);
  ASSERT_TRUE(exporting->run_once().ok());
  for (const auto& file : first) EXPECT_TRUE(keys_in_store().contains(file.key));
  load(10);
  ASSERT_TRUE(exporting->run_once().ok());
  const auto keys = keys_in_store();
  for (const auto& file : first)
    EXPECT_EQ(keys.contains(file.key), file.table == warehouse::kFacts) << file.key;
}

TEST_F(ExporterTest, MergesSmallFilesOfADay) {
  const auto exporting = exporter(3);
  for (int i = 0; i < 7; ++i) {
    load(60);
    ASSERT_TRUE(exporting->run_once().ok());
  }
  std::map<std::string, int> files_of_day;
  for (const auto& file : lake_->fact_files()) ++files_of_day[file.partition];
  for (const auto& [day, files] : files_of_day) EXPECT_LT(files, 3) << day;
  expect_lake_is_whole(420);
}

TEST_F(ExporterTest, MergesOnlyWhatFitsIntoMemoryTogether) {
  Exporter exporting({*warehouse_, *log_, *lake_, clock_},
                     {.staging_folder = folder_.path() + "/staging", .files_to_merge = 2, .merge_at_most_bytes = 60'000});
  for (int i = 0; i < 20; ++i) {
    load(60);
    ASSERT_TRUE(exporting.run_once().ok());
  }
  std::map<std::string, int> files_of_day;
  for (const auto& file : lake_->manifest().files) {
    if (file.table != warehouse::kFacts) continue;
    ++files_of_day[file.partition];
    EXPECT_GE(file.unpacked_bytes, file.rows * 200);
    EXPECT_LE(file.unpacked_bytes, 60'000u);
  }
  EXPECT_GT(std::ranges::max(files_of_day | std::views::values), 2);
  expect_lake_is_whole(1200);
}

TEST_F(ExporterTest, WaitsForRoomOnTheDisk) {
  load(100);
  bool is_full = true;
  std::uint64_t wanted = 0;
  Exporter exporting({*warehouse_, *log_, *lake_, clock_,
                      [&](std::uint64_t bytes) {
                        wanted = bytes;
                        return is_full ? unavailable("full") : Status();
                      }},
                     {.staging_folder = folder_.path() + "/staging"});
  EXPECT_EQ(exporting.run_once().error().code, Errc::unavailable);
  EXPECT_GT(wanted, 0u);
  EXPECT_EQ(lake_->position(), 0u);
  is_full = false;
  EXPECT_TRUE(exporting.run_once().ok());
  expect_lake_is_whole(100);
}

TEST_F(ExporterTest, StoppingGivesUpTheRunInHand) {
  for (int i = 0; i < 10; ++i) load(20'000);
  Exporter exporting({*warehouse_, *log_, *lake_, clock_},
                     {.staging_folder = folder_.path() + "/staging", .every = std::chrono::seconds(0)});
  exporting.start();
  while (!std::filesystem::exists(folder_.path() + "/staging/fact_events")) std::this_thread::yield();
  exporting.stop();
  EXPECT_EQ(lake_->position(), 0u) << "it was not published";
  exporting.start();
  while (lake_->position() < 200'000) std::this_thread::yield();
  exporting.stop();
  open_lake_again();
  expect_lake_is_whole(200'000);
}

TEST_F(ExporterTest, RemovesAtTheStartWhatTheManifestDoesNotName) {
  load(10);
  ASSERT_TRUE(exporter()->run_once().ok());
  const auto keys = keys_in_store();
  ASSERT_TRUE(store_->put("fact_events/event_date=2026-01-01/orphan.parquet", "x").ok());
  open_lake_again();
  EXPECT_EQ(keys_in_store(), keys);
}

TEST_F(ExporterTest, ADamagedManifestStopsEverything) {
  load(10);
  ASSERT_TRUE(exporter()->run_once().ok());
  const auto keys = keys_in_store();
  ASSERT_TRUE(store_->put("manifest.json", "{\"format\":1,").ok());
  EXPECT_EQ(Lake::open(*store_).error().code, Errc::corrupt);
  EXPECT_EQ(keys_in_store(), keys);
}

TEST_F(ExporterTest, ALostManifestStopsEverything) {
  load(10);
  ASSERT_TRUE(exporter()->run_once().ok());
  ASSERT_TRUE(store_->remove("manifest.json").ok());
  const auto keys = keys_in_store();
  EXPECT_EQ(Lake::open(*store_).error().code, Errc::corrupt);
  EXPECT_EQ(keys_in_store(), keys);
}

// Each operation of the store fails once, without and with having taken effect, and the program goes on or
// starts anew: in the end each fact is in the lake exactly once.
TEST_F(ExporterTest, AFailureAnywhereLosesAndDoublesNothing) {
  std::size_t facts = 0;
  auto exporting = exporter(2);
  for (int operation = 0; operation < 16; ++operation) {
    for (const bool after_effect : {false, true}) {
      SCOPED_TRACE("operation " + std::to_string(operation) +
                   (after_effect ? " takes effect" : " has no effect"));
      load(8);
      facts += 8;
      failing_.fail_at(operation, after_effect);
      const bool done = exporting->run_once().ok();
      failing_.fail_at(-1, false);
      if (!done && operation % 2 == 0) {
        exporting.reset();
        open_lake_again();
        exporting = exporter(2);
      }
      ASSERT_TRUE(exporting->run_once().ok()) << exporting->status().failure;
      ASSERT_EQ(lake_->position(), facts);
      std::uint64_t rows = 0;
      for (const auto& file : lake_->fact_files()) rows += file.rows;
      ASSERT_EQ(rows, facts);
      for (const auto& file : lake_->manifest().files)
        ASSERT_TRUE(std::filesystem::exists(lake_->located(file).path));
    }
  }
  expect_lake_is_whole(facts);
}

TEST_F(ExporterTest, LeavesTheLakeAloneWhileTheWarehouseIsBehindIt) {
  load(10);
  ASSERT_TRUE(exporter()->run_once().ok());
  const auto before = keys_in_store();
  warehouse_ = duckdb::DuckdbWarehouse::open(folder_.path() + "/empty.duckdb", {}).value();
  load(5);
  ASSERT_TRUE(exporter()->run_once().ok());
  EXPECT_EQ(lake_->position(), 10u);
  EXPECT_EQ(keys_in_store(), before);
}

TEST_F(ExporterTest, CopiesARangeOfDates) {
  load(400);
  std::set<std::string> dates;
  ASSERT_TRUE(exporter()->run_once().ok());
  for (const auto& file : lake_->fact_files()) dates.insert(file.partition);
  ASSERT_GT(dates.size(), 2u);
  const std::string from = *std::next(dates.begin()), until = *std::prev(dates.end());
  ASSERT_TRUE(exporter()->export_to(folder_.path() + "/copy", from, until).ok());

  const auto copied_store = local::LocalObjectStore::open(folder_.path() + "/copy").value();
  const auto copy = Lake::open(*copied_store).value();
  std::set<std::string> copied;
  for (const auto& file : copy->fact_files()) {
    copied.insert(file.partition);
    EXPECT_TRUE(std::filesystem::exists(file.path));
  }
  dates.erase(dates.begin());
  dates.erase(std::prev(dates.end()));
  EXPECT_EQ(copied, dates);
  EXPECT_EQ(exporter()->export_to(folder_.path() + "/copy", "", "").error().code, Errc::conflict);
}

TEST_F(ExporterTest, RunsByItself) {
  load(10);
  Exporter exporting({*warehouse_, *log_, *lake_, clock_},
                     {.staging_folder = folder_.path() + "/staging", .every = std::chrono::seconds(0)});
  exporting.start();
  while (lake_->position() < 10) std::this_thread::yield();
  exporting.stop();
  EXPECT_EQ(exporting.status().position, 10u);
}

}  // namespace
}  // namespace spectrum::lake
