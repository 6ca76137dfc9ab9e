#include "api/waiting_room.h"

#include <gmock/gmock.h>

#include <future>

#include "adapters/duckdb/warehouse.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/kept_rejections.h"
#include "tests/support/random_events.h"
#include "tests/support/temp_dir.h"

namespace spectrum::api {
namespace {

using namespace std::chrono_literals;
using load::LoaderState;

TEST(HasToWaitTest, WhileRunningForWhatIsNotLoadedYet) {
  EXPECT_TRUE(has_to_wait({.state = LoaderState::running, .position = 4}, 5));
  EXPECT_FALSE(has_to_wait({.state = LoaderState::running, .position = 5}, 5));
}

TEST(HasToWaitTest, WhileRebuildingForAnything) { EXPECT_TRUE(has_to_wait({.state = LoaderState::rebuilding, .position = 5}, 0)); }

TEST(HasToWaitTest, NeverInVain) {
  EXPECT_FALSE(has_to_wait({.state = LoaderState::failed}, 5));
  EXPECT_FALSE(has_to_wait({.state = LoaderState::stopped}, 5));
}

class WaitingRoomTest : public testing::Test {
 protected:
  WaitingRoomTest() { loader_.start(); }

  /// What the guest is told, once it is.
  std::future<bool> wait(model::Position position, std::chrono::milliseconds patience) {
    const auto told = std::make_shared<std::promise<bool>>();
    auto future = told->get_future();
    EXPECT_TRUE(room_.wait(position, std::chrono::steady_clock::now() + patience, [told](bool is_over) { told->set_value(is_over); }));
    return future;
  }
  void append_event() { ASSERT_TRUE(append(*log_, {random_.next_record()}).ok()); }

  TempDir folder_;
  SystemClock clock_;
  std::unique_ptr<ports::EventLog> log_ = log::SegmentLog::open(folder_.path() + "/log", {}, clock_).value();
  std::unique_ptr<ports::Warehouse> warehouse_ = duckdb::DuckdbWarehouse::open(folder_.path() + "/w.duckdb", {}).value();
  load::KeptRejections rejections_;
  RandomEvents random_{1};
  load::Loader loader_{load::LoaderPorts{*log_, *warehouse_, rejections_, [] { return Timestamp(); }, {}, {}}, {.pause = 1h}};
  WaitingRoom room_{loader_};
};

TEST_F(WaitingRoomTest, WhoWaitsForAPositionIsToldWhenItIsLoaded) {
  auto second = wait(2, 1min), first = wait(1, 1min);
  append_event();
  EXPECT_TRUE(first.get());
  EXPECT_EQ(second.wait_for(0s), std::future_status::timeout);
  append_event();  // which the loader, asleep for an hour, would not look at
  EXPECT_TRUE(second.get());
}

TEST_F(WaitingRoomTest, AtTheDeadlineItIsInVain) {
  auto patient = wait(1, 1min);
  EXPECT_FALSE(wait(1, 1ms).get());
  append_event();
  EXPECT_TRUE(patient.get());
}

TEST_F(WaitingRoomTest, AClosedRoomSendsEverybodyAwayAndLetsNobodyIn) {
  auto guest = wait(1, 1min);
  room_.close();
  EXPECT_FALSE(guest.get());
  EXPECT_FALSE(room_.wait(1, std::chrono::steady_clock::now() + 1min, [](bool) { FAIL() << "nobody is in"; }));
}

TEST_F(WaitingRoomTest, AFullRoomLetsNobodyIn) {
  std::vector<std::future<bool>> guests;
  for (int i = 0; i < 1000; ++i) guests.push_back(wait(1, 1min));
  EXPECT_FALSE(room_.wait(1, std::chrono::steady_clock::now() + 1min, [](bool) { FAIL() << "there is no place"; }));
  append_event();
  for (auto& guest : guests) EXPECT_TRUE(guest.get());
  EXPECT_FALSE(wait(9, 1ms).get());
}

}  // namespace
}  // namespace spectrum::api
