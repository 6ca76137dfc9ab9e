// What is DuckDB's own; what every warehouse promises is in tests/contract/warehouse_test.cc.
#include "adapters/duckdb/warehouse.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {
namespace {

class DuckdbWarehouseTest : public testing::Test {
 protected:
  Result<std::unique_ptr<DuckdbWarehouse>> open() { return DuckdbWarehouse::open(path_, {}); }
  static std::int64_t facts(DuckdbWarehouse& warehouse) {
    return std::get<std::int64_t>(warehouse.query("SELECT count(*) FROM fact_events", {}).value().rows[0][0]);
  }
  static Status load(DuckdbWarehouse& warehouse, RandomEvents& random, std::size_t count) {
    const model::Position after = warehouse.cursor().value();
    const auto events = random.next(count, after);
    TRY([[maybe_unused]] const auto loaded, warehouse.load({events, {}, after, after + count, {}}));
    return {};
  }

  TempDir folder_;
  const std::string path_ = folder_.path() + "/warehouse.duckdb";
};

TEST_F(DuckdbWarehouseTest, AFileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(path_) << std::string(20'000, 'x');
  EXPECT_EQ(open().error().code, Errc::corrupt);
}

TEST_F(DuckdbWarehouseTest, ADamagedBlockIsCorruptWhenItOpens) {
  {
    RandomEvents random(1);
    const auto warehouse = open().value();
    ASSERT_TRUE(load(*warehouse, random, 3000).ok());
    ASSERT_TRUE(warehouse->checkpoint().ok());
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(12'288 + 100);  // the first metadata block
  file << std::string(64, '?');
  file.close();
  EXPECT_EQ(open().error().code, Errc::corrupt);
}

TEST_F(DuckdbWarehouseTest, AFolderThatIsNotThereIsUnavailable) {
  EXPECT_EQ(DuckdbWarehouse::open(folder_.path() + "/nothing/w.duckdb", {}).error().code, Errc::unavailable);
}

TEST_F(DuckdbWarehouseTest, AnotherProcessMayNotOpenIt) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not follow a fork into threads of the child";
#endif
  int ready[2], go[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  char byte = 0;
  if (child == 0) {
    const auto first = open();
    const bool opened = first.ok();
    if (::write(ready[1], &opened, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(2);
    ::_exit(opened ? 0 : 1);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto second = open();
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

TEST_F(DuckdbWarehouseTest, OnlyACheckpointWritesWhatIsPending) {
  RandomEvents random(1);
  const auto warehouse = open().value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(load(*warehouse, random, 2000).ok());
  EXPECT_GT(warehouse->stats().pending_bytes, 1'000'000u);
  EXPECT_EQ(warehouse->checkpointed(), 0u);
  ASSERT_TRUE(warehouse->checkpoint().ok());
  EXPECT_EQ(warehouse->stats().pending_bytes, 0u);
  EXPECT_EQ(warehouse->checkpointed(), 10'000u);
}

TEST_F(DuckdbWarehouseTest, OpensAtItsLastCheckpoint) {
  RandomEvents random(1);
  auto warehouse = open().value();
  ASSERT_TRUE(load(*warehouse, random, 100).ok());
  ASSERT_TRUE(warehouse->checkpoint().ok());
  ASSERT_TRUE(load(*warehouse, random, 50).ok());
  warehouse.reset();
  EXPECT_FALSE(std::filesystem::exists(path_ + ".wal"));
  warehouse = open().value();
  EXPECT_EQ(warehouse->cursor().value(), 100u);
  EXPECT_EQ(warehouse->checkpointed(), 100u);
  EXPECT_EQ(facts(*warehouse), 100);
}

TEST_F(DuckdbWarehouseTest, AKillLeavesItsLastCheckpointWhereLoadingGoesOn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not follow a fork into threads of the child";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    RandomEvents random(1);
    const auto warehouse = open().value();
    const bool loaded = load(*warehouse, random, 100).ok() && warehouse->checkpoint().ok() && load(*warehouse, random, 100).ok();
    ::_exit(loaded ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const auto warehouse = open().value();
  EXPECT_EQ(facts(*warehouse), 100);
  EXPECT_EQ(warehouse->cursor().value(), 100u);
  RandomEvents random(2);
  ASSERT_TRUE(load(*warehouse, random, 100).ok());
  EXPECT_EQ(facts(*warehouse), 200);
}

TEST_F(DuckdbWarehouseTest, DimensionsThatAreNotDenseAreCorrupt) {
  RandomEvents random(1);
  auto warehouse = open().value();
  ASSERT_TRUE(load(*warehouse, random, 100).ok());
  warehouse->query("UPDATE dim_users SET user_id = 1000 WHERE user_id = 1", {}).value();
  ASSERT_TRUE(warehouse->checkpoint().ok());
  warehouse.reset();
  warehouse = open().value();
  EXPECT_EQ(warehouse->for_each_event_id({}, [](model::ProjectId, std::string_view, Timestamp) {}).error().code, Errc::unavailable);
  EXPECT_TRUE(warehouse->stats().is_damaged);
  warehouse.reset();
  EXPECT_EQ(open().error().code, Errc::corrupt) << "it was noted";
}

TEST_F(DuckdbWarehouseTest, AQuestionThatNeedsTooMuchMemorySaysWhatToDoAndHurtsNobody) {
  RandomEvents random(1);
  auto warehouse = DuckdbWarehouse::open(folder_ / "small.duckdb", {.memory_limit_bytes = 32u << 20, .threads = 1, .temp_directory = {}}).value();
  ASSERT_TRUE(load(*warehouse, random, 100).ok());
  constexpr std::string_view kTooMuch = "SELECT length(string_agg(repeat('x', 1000) || t, '')) FROM range(300000) r(t)";
  const auto take = [](const ports::ColumnBatch&) { return Status(); };
  for (const auto& refused : {warehouse->query(kTooMuch, {}).error(), warehouse->scan(kTooMuch, {}, take).error()}) {
    EXPECT_EQ(refused.code, Errc::unavailable);
    EXPECT_THAT(refused.message, testing::HasSubstr("shorter range"));
  }
  EXPECT_TRUE(load(*warehouse, random, 100).ok());
}

TEST_F(DuckdbWarehouseTest, TextsAreNumberedByOneThreadAtATimeOverAllColumnsOfAScan) {
  RandomEvents random(1);
  auto warehouse = open().value();
  for (int batch = 0; batch < 3; ++batch) ASSERT_TRUE(load(*warehouse, random, 122'880).ok());
  std::atomic<int> inside = 0, most = 0, calls = 0;
  const auto number = [&](std::string_view) {
    most = std::max(most.load(), ++inside);
    if (++calls % 1000 == 0) std::this_thread::yield();  // each time would last minutes beside other work
    --inside;
    return 0;
  };
  const std::vector<ports::CodedColumn> coded = {{"a", number}, {"b", number}};
  const auto take = [](const ports::ColumnBatch&) { return Status(); };
  ASSERT_TRUE(warehouse->scan("SELECT event_id AS a, event_id AS b FROM fact_events", {}, take, {}, coded).ok());
  EXPECT_EQ(most, 1);
}

/// Little memory, and events with properties of 60 KB.
class WideRowsTest : public DuckdbWarehouseTest {
 protected:
  static constexpr std::size_t kRows = 300, kTextBytes = 60'000;

  std::unique_ptr<DuckdbWarehouse> open_small(const std::string& path) {
    return DuckdbWarehouse::open(path, {.memory_limit_bytes = 128u << 20, .threads = 2}).value();
  }
  Status load_wide(DuckdbWarehouse& warehouse) {
    const model::Position after = warehouse.cursor().value();
    auto events = random_.next(kRows, after);
    std::vector<std::string> texts;
    for (auto& [position, event] : events) {
      texts.push_back("{\"text\":\"" + std::string(kTextBytes - 10, static_cast<char>('a' + position % 26)) +
                      std::to_string(position) + "\"}");
    }
    for (std::size_t i = 0; i < kRows; ++i) events[i].event.properties = texts[i];
    TRY([[maybe_unused]] const auto loaded, warehouse.load({events, {}, after, after + kRows, {}}));
    return warehouse.stats().pending_bytes > (32u << 20) ? warehouse.checkpoint() : Status();
  }
  std::string folder(const std::string& name) {
    const std::string path = folder_.path() + "/" + name;
    std::filesystem::create_directory(path);
    return path;
  }

  RandomEvents random_{1};
};

TEST_F(WideRowsTest, AreLoadedExportedMergedAndRestored) {
  constexpr int kBatches = 12;
  const auto warehouse = open_small(path_);
  for (int i = 0; i < kBatches; ++i) {
    const Status loaded = load_wide(*warehouse);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  }
  ASSERT_TRUE(warehouse->checkpoint().ok());
  const auto exported = warehouse->export_parquet(0, folder("lake"));
  ASSERT_TRUE(exported.ok()) << exported.error().message;
  std::uint64_t rows = 0;
  std::vector<ports::ParquetFile> small;
  for (const auto& file : exported->files) {
    if (file.table != warehouse::kFacts) continue;
    rows += file.rows;
    EXPECT_GE(file.unpacked_bytes, file.rows * kTextBytes);
    if (file.partition == exported->files.front().partition && small.size() < 2) small.push_back(file);
  }
  EXPECT_EQ(rows, kRows * kBatches);
  const auto merged = warehouse->merge_parquet(small, folder("merged") + "/all.parquet");
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_GE(merged->unpacked_bytes, merged->rows * kTextBytes);

  const auto restored = open_small(folder_.path() + "/restored.duckdb");
  const Status done = restored->restore(*exported, {});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(facts(*restored), static_cast<std::int64_t>(kRows * kBatches));
  EXPECT_TRUE(restored->checkpoint().ok());
  EXPECT_TRUE(load_wide(*restored).ok());
}

TEST_F(DuckdbWarehouseTest, AnInterruptEndsAnExportSoonAndTheNextOneWorks) {
  RandomEvents random(1);
  const auto warehouse = open().value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(load(*warehouse, random, 20'000).ok());
  std::atomic<bool> ended = false;
  std::thread interrupter([&] {
    while (!ended) warehouse->interrupt();
  });
  const auto exported = warehouse->export_parquet(0, folder_.path());
  ended = true;
  interrupter.join();
  EXPECT_EQ(exported.error().code, Errc::unavailable) << exported.error().message;
  std::filesystem::create_directory(folder_.path() + "/again");
  EXPECT_TRUE(warehouse->export_parquet(0, folder_.path() + "/again").ok());
  EXPECT_TRUE(load(*warehouse, random, 10).ok());
}

/// A warehouse of a few blocks, closed; each test damages it.
class DamagedInsideTest : public DuckdbWarehouseTest {
 protected:
  static constexpr std::uint64_t kFirstBlock = 12'288, kBlock = 262'144;

  void SetUp() override {
    RandomEvents random(1);
    const auto warehouse = open().value();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(load(*warehouse, random, 4000).ok());
    ASSERT_TRUE(warehouse->checkpoint().ok());
  }
  void overwrite(std::uint64_t place, std::uint64_t size) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(place));
    file << std::string(size, '?');
  }
  /// Reads every column of every table.
  static Status read_all(DuckdbWarehouse& warehouse) {
    for (const auto& table : warehouse::tables()) {
      std::string sql;
      for (const auto& column : table.columns) {
        sql += (sql.empty() ? "SELECT max(CAST(" : ", max(CAST(") + std::string(column.name) + " AS VARCHAR))";
      }
      const auto rows = warehouse.query(sql + " FROM " + std::string(table.name), {});
      if (!rows.ok()) return rows.error();
    }
    return {};
  }
  /// Opens it and reads all of it; says whether damage was found, which the next open has to say again.
  bool finds_damage() {
    auto warehouse = open();
    if (!warehouse.ok()) {
      EXPECT_EQ(warehouse.error().code, Errc::corrupt) << warehouse.error().message;
      return true;
    }
    const Status read = read_all(**warehouse);
    EXPECT_EQ((*warehouse)->stats().is_damaged, !read.ok());
    if (read.ok()) return false;
    EXPECT_EQ(read.error().code, Errc::unavailable) << read.error().message;
    EXPECT_FALSE((*warehouse)->cursor().ok());
    warehouse->reset();
    EXPECT_EQ(open().error().code, Errc::corrupt) << "it was noted";
    return true;
  }
};

TEST_F(DamagedInsideTest, IsFoundInEachBlockAndNoted) {
  std::ifstream file(path_, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  int found = 0, blocks = 0;
  for (std::uint64_t block = kFirstBlock; block + kBlock <= whole.size(); block += kBlock, ++blocks) {
    SCOPED_TRACE("block at " + std::to_string(block));
    overwrite(block + 5000, 10'000);
    found += finds_damage();
    std::filesystem::remove(path_ + ".damaged");
    std::ofstream(path_, std::ios::binary) << whole;
  }
  EXPECT_GT(blocks, 4);
  EXPECT_GE(found, 3) << "the others are free";
  EXPECT_FALSE(finds_damage());
}

TEST_F(DamagedInsideTest, AFileCutShortIsFound) {
  const auto size = std::filesystem::file_size(path_);
  for (const auto left : {size * 3 / 4, size / 2, size / 4, std::uintmax_t{5000}}) {
    SCOPED_TRACE(left);
    std::filesystem::resize_file(path_, left);
    EXPECT_TRUE(finds_damage());
    std::filesystem::remove(path_ + ".damaged");
  }
}

TEST_F(DamagedInsideTest, MovedAsideItBeginsAnew) {
  overwrite(kFirstBlock, std::filesystem::file_size(path_) - kFirstBlock);
  ASSERT_TRUE(finds_damage());
  for (const auto* const suffix : {"", ".damaged"}) std::filesystem::remove(path_ + suffix);
  EXPECT_EQ(open().value()->cursor().value(), 0u);
}

}  // namespace
}  // namespace spectrum::duckdb
