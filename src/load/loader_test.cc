#include "load/loader.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>

#include "adapters/duckdb/warehouse.h"
#include "base/guarded.h"
#include "log/segment_log.h"
#include "model/record.h"
#include "tests/support/event_logs.h"
#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"

namespace spectrum::load {
namespace {

using namespace std::chrono_literals;

/// Keeps positions; fails as often as it is told.
class Sink final : public RejectionSink {
 public:
  Status keep(std::span<const PositionedRejection> rejections, std::span<const Replayed> replayed) override {
    if (failures-- > 0) return unavailable("busy");
    kept.with([&](auto& positions) {
      for (const auto& rejection : rejections) positions.push_back(rejection.position);
      for (const auto& replay : replayed) positions.push_back(replay.item);
    });
    return {};
  }
  std::atomic<int> failures = 0;
  Guarded<std::vector<model::Position>> kept;
};

std::string a_rejection() {
  std::string record;
  model::encode(model::Rejection{.project_id = 1,
                                 .received_at = {},
                                 .code = "c",
                                 .message = "",
                                 .pointer = "",
                                 .payload = "",
                                 .file = ""},
                record);
  return record;
}

class LoaderTest : public testing::Test {
 protected:
  std::unique_ptr<Loader> loader(LoaderOptions options = {}) {
    return std::make_unique<Loader>(LoaderPorts{*log_,
                                                *warehouse_,
                                                sink_,
                                                [] { return Timestamp(); },
                                                {},
                                                [this](const Error& error) { failure_ = error.message; }},
                                    options);
  }
  void append_events(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) records.push_back(random_.next_record());
    ASSERT_TRUE(append(*log_, records).ok());
  }
  std::int64_t facts() {
    return std::get<std::int64_t>(
        warehouse_->query("SELECT count(*) FROM fact_events", {}).value().rows[0][0]);
  }

  TempDir folder_;
  SystemClock clock_;
  std::unique_ptr<ports::EventLog> log_ = log::SegmentLog::open(folder_.path() + "/log", {}, clock_).value();
  std::unique_ptr<ports::Warehouse> warehouse_ =
      duckdb::DuckdbWarehouse::open(folder_.path() + "/w.duckdb", {}).value();
  Sink sink_;
  RandomEvents random_{1};
  std::string failure_;
};

TEST_F(LoaderTest, LoadsWhatIsThereAndWhatComes) {
  append_events(100);
  const auto following = loader();
  following->start();
  ASSERT_TRUE(following->wait_until(100, 1min));
  EXPECT_EQ(facts(), 100);
  append_events(10);
  ASSERT_TRUE(following->wait_until(110, 1min));
  EXPECT_EQ(facts(), 110);
  EXPECT_EQ(following->status().state, LoaderState::running);
  EXPECT_EQ(following->status().log_last, 110u);
}

TEST_F(LoaderTest, WaitingHurriesIt) {
  const auto following = loader({.pause = 1h});
  following->start();
  append_events(1);
  ASSERT_TRUE(following->wait_until(1, 1min));
  append_events(1);
  EXPECT_TRUE(following->wait_until(2, 1min));
}

TEST_F(LoaderTest, WaitingEndsWithTheTimeout) {
  const auto following = loader();
  following->start();
  EXPECT_FALSE(following->wait_until(5, 20ms));
}

TEST_F(LoaderTest, CutsLongRunsIntoBatches) {
  append_events(95);
  const auto following = loader({.max_batch_records = 10});
  following->start();
  ASSERT_TRUE(following->wait_until(95, 1min));
  EXPECT_EQ(following->status().batches, 10u);
  EXPECT_EQ(facts(), 95);
}

TEST_F(LoaderTest, GoesOnWhereItStopped) {
  append_events(50);
  auto following = loader();
  following->start();
  ASSERT_TRUE(following->wait_until(50, 1min));
  following->stop();
  EXPECT_EQ(following->status().state, LoaderState::stopped);
  append_events(50);
  following = loader();
  following->start();
  ASSERT_TRUE(following->wait_until(100, 1min));
  EXPECT_EQ(facts(), 100);
}

TEST_F(LoaderTest, KeepsRejectionsBeforeItMovesOn) {
  sink_.failures = 2;
  ASSERT_TRUE(append(*log_, {a_rejection(), random_.next_record(), a_rejection()}).ok());
  const auto following = loader({.retry = 1ms});
  following->start();
  ASSERT_TRUE(following->wait_until(3, 1min));
  EXPECT_THAT(sink_.kept.with([](auto& kept) { return kept; }), testing::ElementsAre(1, 3));
}

TEST_F(LoaderTest, StopsWhileTheSinkIsShort) {
  sink_.failures = 1'000'000;
  ASSERT_TRUE(append(*log_, {a_rejection()}).ok());
  const auto following = loader({.retry = 1h});
  following->start();
  following->stop();
  EXPECT_EQ(warehouse_->cursor().value(), 0u);
  EXPECT_EQ(failure_, "");
}

TEST_F(LoaderTest, SaysWhyItGaveUp) {
  append_events(10);
  warehouse_->query("DROP TABLE dim_time", {}).value();
  const auto following = loader();
  following->start();
  EXPECT_FALSE(following->wait_until(10, 1min));
  following->stop();
  EXPECT_EQ(following->status().state, LoaderState::failed);
  EXPECT_THAT(failure_, testing::HasSubstr("dim_time"));
}

TEST_F(LoaderTest, RefusesALogThatEndsBeforeTheWarehouse) {
  append_events(10);
  auto following = loader();
  following->start();
  ASSERT_TRUE(following->wait_until(10, 1min));
  following.reset();
  log_ = log::SegmentLog::open(folder_.path() + "/another", {}, clock_).value();
  following = loader();
  following->start();
  EXPECT_FALSE(following->wait_until(11, 1min));
  following->stop();
  EXPECT_THAT(failure_, testing::HasSubstr("log ends at 0"));
}

TEST_F(LoaderTest, RestoresBeforeItFollows) {
  append_events(10);
  std::atomic<bool> go = false;
  LoaderPorts ports{*log_,
                    *warehouse_,
                    sink_,
                    [] { return Timestamp(); },
                    [&](const ports::Warehouse::Progress& progress) {
                      progress(3, 7);
                      while (!go) std::this_thread::yield();
                      return Status();
                    },
                    {}};
  Loader following(std::move(ports), {});
  following.start();
  while (following.status().rows_total == 0) std::this_thread::yield();
  EXPECT_EQ(following.status().state, LoaderState::rebuilding);
  EXPECT_EQ(following.status().rows_done, 3u);
  go = true;
  EXPECT_TRUE(following.wait_until(10, 1min));
}

TEST_F(LoaderTest, StandsBackBehindOtherThreadsButNotInABulkLoad) {
  const auto nice_of_loading = [&](bool is_bulk) {
    int nice = 0;
    LoaderPorts ports{*log_, *warehouse_, sink_, [] { return Timestamp(); },
                      [&](const ports::Warehouse::Progress&) {
                        nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
                        return Status();
                      },
                      {}};
    Loader following(std::move(ports), {.is_bulk = is_bulk});
    following.start();
    EXPECT_TRUE(following.wait_until_running(1min));
    return nice;
  };
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(nice_of_loading(true), usual);
  EXPECT_GT(nice_of_loading(false), usual);
}

TEST_F(LoaderTest, WaitsForRoomOnTheDiskAndTakesWhatFits) {
  append_events(100);
  std::atomic<std::uint64_t> free = 0;
  LoaderPorts ports{*log_, *warehouse_, sink_, [] { return Timestamp(); }, {}, {}, [&](std::uint64_t bytes) {
                      return bytes <= free ? Status() : Status(unavailable("full"));
                    }};
  Loader following(std::move(ports), {.retry = 1ms});
  following.start();
  EXPECT_FALSE(following.wait_until(1, 50ms));
  EXPECT_EQ(following.status().state, LoaderState::running);
  free = 4000;
  EXPECT_TRUE(following.wait_until(100, 1min));
  EXPECT_GT(following.status().batches, 3u);
  free = 0;
  append_events(1);
  EXPECT_FALSE(following.wait_until(101, 20ms));
  following.stop();
  EXPECT_EQ(following.status().state, LoaderState::stopped);
}

TEST_F(LoaderTest, WritesWhatIsPendingWhenThereIsRoom) {
  append_events(100);
  std::atomic<bool> is_full = false;
  LoaderPorts ports{*log_, *warehouse_, sink_, [] { return Timestamp(); }, {}, {}, [&](std::uint64_t) {
                      return is_full ? Status(unavailable("full")) : Status();
                    }};
  Loader following(std::move(ports),
                   {.checkpoint = {.quiet = 300ms, .worth_bytes = 1, .at_most_bytes = 1u << 30, .retry = 1ms}});
  following.start();
  ASSERT_TRUE(following.wait_until(100, 1min));
  is_full = true;
  std::this_thread::sleep_for(600ms);
  EXPECT_GT(warehouse_->stats().pending_bytes, 0u);
  is_full = false;
  while (warehouse_->stats().pending_bytes > 0) std::this_thread::yield();
  EXPECT_EQ(following.status().state, LoaderState::running);
}

TEST_F(LoaderTest, RunsOnceWhatWasThereAtTheStartIsLoaded) {
  append_events(3'000);
  const auto following = loader({.max_batch_records = 500});
  following->start();
  ASSERT_TRUE(following->wait_until_running(30s));
  EXPECT_EQ(following->position(), 3'000u);
  EXPECT_EQ(following->status().rows_done, 3'000u);
}

TEST_F(LoaderTest, StoppingGivesUpARestore) {
  std::atomic<bool> given_up = false;
  LoaderPorts ports{*log_,
                    *warehouse_,
                    sink_,
                    [] { return Timestamp(); },
                    [&](const ports::Warehouse::Progress&) -> Status {
                      while (!given_up) std::this_thread::yield();
                      return unavailable("interrupted");
                    },
                    [this](const Error& error) { failure_ = error.message; }};
  Loader following(std::move(ports), {});
  following.start();
  std::thread interrupted([&] {
    std::this_thread::sleep_for(200ms);
    given_up = true;
  });
  following.stop();
  interrupted.join();
  EXPECT_EQ(following.status().state, LoaderState::stopped);
  EXPECT_EQ(failure_, "");
}

TEST_F(LoaderTest, NoticesThatAQuestionFoundDamage) {
  append_events(10);
  const auto following = loader();
  following->start();
  ASSERT_TRUE(following->wait_until(10, 1min));
  // It fails with an error of input and output that speaks of damage.
  EXPECT_FALSE(warehouse_->query("SELECT * FROM read_csv('/no/checksum')", {}).ok());
  following->wait_until(11, 1min);
  following->stop();
  EXPECT_EQ(following->status().state, LoaderState::failed);
  EXPECT_THAT(failure_, testing::HasSubstr("damaged"));
}

TEST_F(LoaderTest, WritesWhatIsPendingInAQuietMoment) {
  const auto following = loader({.checkpoint = {.quiet = 0ms, .worth_bytes = 1, .at_most_bytes = 1u << 30}});
  following->start();
  append_events(100);
  ASSERT_TRUE(following->wait_until(100, 1min));
  while (warehouse_->stats().pending_bytes > 0) std::this_thread::yield();
  EXPECT_EQ(facts(), 100);
}

TEST_F(LoaderTest, WritesWhatIsPendingWhenItIsMuch) {
  const auto following = loader({.checkpoint = {.quiet = 1h, .worth_bytes = 1, .at_most_bytes = 1000}});
  following->start();
  append_events(100);
  ASSERT_TRUE(following->wait_until(100, 1min));
  following->stop();
  EXPECT_EQ(warehouse_->stats().pending_bytes, 0u);
}

}  // namespace
}  // namespace spectrum::load
