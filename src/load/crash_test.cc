// Kills a process that loads, exports and rebuilds at every named point, over and over on the same folder.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "adapters/duckdb/warehouse.h"
#include "adapters/local/object_store.h"
#include "base/fault_point.h"
#include "lake/exporter.h"
#include "load/loader.h"
#include "load/rebuild.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/kept_rejections.h"
#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"

namespace spectrum::load {
namespace {

constexpr int kKilled = 137;
constexpr const char* kPoints[] = {"load.before_commit",    "load.after_commit",    "lake.after_data_files",
                                   "lake.before_manifest",  "lake.after_manifest",  "lake.before_remove",
                                   "rebuild.before_commit", "rebuild.after_restore"};

/// Everything that works on one folder.
struct Store {
  explicit Store(const std::string& root)
      : log(log::SegmentLog::open(root + "/log", {.min_free_bytes = 0, .realtime_commits = false}, clock)
                .value()),
        warehouse(
            duckdb::DuckdbWarehouse::open(root + "/warehouse.duckdb", {.threads = 1, .temp_directory = ""})
                .value()),
        objects(local::LocalObjectStore::open(root + "/lake").value()),
        lake(lake::Lake::open(*objects).value()),
        exporter(lake::ExporterPorts{*warehouse, *log, *lake, clock},
                 lake::ExporterOptions{.staging_folder = root + "/staging", .files_to_merge = 2}) {}

  Truth truth() { return {*lake, *log, rejections, {}}; }

  SystemClock clock;
  std::unique_ptr<ports::EventLog> log;
  std::unique_ptr<ports::Warehouse> warehouse;
  std::unique_ptr<ports::ObjectStore> objects;
  std::unique_ptr<lake::Lake> lake;
  lake::Exporter exporter;
  KeptRejections rejections;
};

void succeed(const Status& status) { SPECTRUM_ASSERT(status.ok(), status.error().message); }

[[noreturn]] void work_until_killed(const std::string& root, unsigned seed) {
  Store store(root);
  if (store.warehouse->cursor().value() == 0) {
    succeed(rebuild(store.truth(), *store.warehouse, std::numeric_limits<model::Position>::max(), {}));
  }
  RandomEvents random(seed);
  Loader loader({*store.log, *store.warehouse, store.rejections, [] { return Timestamp(); }, {}, {}},
                {.max_batch_records = 10});
  loader.start();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> records;
    for (int i = 0; i < 20; ++i) records.push_back(random.next_record());
    const auto appended = append(*store.log, records).value();
    SPECTRUM_ASSERT(loader.wait_until(appended.last, std::chrono::minutes(1)), "the loader follows");
    succeed(store.exporter.run_once());
  }
  ::_exit(0);
}

int run_until_killed(const std::string& root, const std::string& point_and_hit, unsigned seed) {
  const pid_t child = ::fork();
  if (child == 0) {
    arm_fault_point(point_and_hit);
    work_until_killed(root, seed);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void expect_each_position_once(Store& store) {
  const auto cursor = static_cast<std::int64_t>(store.warehouse->cursor().value());
  const auto row =
      store.warehouse->query("SELECT count(*), count(DISTINCT seq) FROM fact_events", {}).value().rows[0];
  ASSERT_EQ(std::get<std::int64_t>(row[0]), cursor);
  ASSERT_EQ(std::get<std::int64_t>(row[1]), cursor);
  std::uint64_t rows_in_lake = 0;
  for (const auto& file : store.lake->fact_files()) {
    ASSERT_TRUE(std::filesystem::exists(file.path)) << file.path;
    rows_in_lake += file.rows;
  }
  ASSERT_EQ(rows_in_lake, store.lake->position());
}

TEST(CrashTest, AKillAtAnyNamedPointLosesAndDoublesNothing) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not follow a fork into threads of the child";
#endif
  const TempDir folder;
  std::set<std::string> hit;
  unsigned seed = 0;
  for (int k = 1; k <= 2; ++k) {
    for (const std::string point : kPoints) {
      SCOPED_TRACE(point + ":" + std::to_string(k));
      if (point.starts_with("rebuild.")) std::filesystem::remove(folder.path() + "/warehouse.duckdb");
      const int status = run_until_killed(folder.path(), point + ":" + std::to_string(k), ++seed);
      ASSERT_TRUE(status == kKilled || status == 0) << status;
      if (status == kKilled) hit.insert(point);
      Store store(folder.path());
      expect_each_position_once(store);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_EQ(hit.size(), std::size(kPoints)) << "every point is reached";

  ASSERT_EQ(run_until_killed(folder.path(), "", ++seed), 0);
  Store store(folder.path());
  const auto scratch = duckdb::DuckdbWarehouse::open(folder.path() + "/scratch.duckdb", {}).value();
  const auto difference = verify(store.truth(), *store.warehouse, *scratch, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
}

}  // namespace
}  // namespace spectrum::load
