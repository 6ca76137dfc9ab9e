// What every EventLog promises. Each adapter is one more factory in INSTANTIATE_TEST_SUITE_P.
#include "ports/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An adapter: how to open the log that is kept under a folder, new or again.
struct Adapter {
  std::string name;
  std::function<Result<std::unique_ptr<ports::EventLog>>(const std::string& folder)> open;

  /// Its name, instead of its bytes, in the names of tests.
  friend void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }
};

Adapter segment_log() {
  return {"SegmentLog", [](const std::string& folder) -> Result<std::unique_ptr<ports::EventLog>> {
            static const SystemClock clock;
            log::SegmentLogOptions options;
            options.segment_bytes = 16 << 10;
            options.keep_bytes = 0;
            options.min_free_bytes = 0;
            TRY(auto log, log::SegmentLog::open(folder, options, clock));
            return std::unique_ptr<ports::EventLog>(std::move(log));
          }};
}

class EventLogContract : public ::testing::TestWithParam<Adapter> {
 protected:
  EventLogContract() { reopen(); }

  void reopen() {
    if (log_ != nullptr) ASSERT_TRUE(log_->close().ok());
    log_.reset();
    auto opened = GetParam().open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(*opened);
  }

  TempDir folder_;
  std::unique_ptr<ports::EventLog> log_;
};

TEST_P(EventLogContract, ANewLogIsEmptyAndAccepts) {
  const auto stats = log_->stats();
  EXPECT_EQ(stats.first, 0);
  EXPECT_EQ(stats.last, 0);
  EXPECT_TRUE(stats.accepting);
  EXPECT_THAT(read_all(*log_), IsEmpty());
}

TEST_P(EventLogContract, RecordsComeBackByteForByteInTheirOrder) {
  const std::string binary("\0\xFF\n\r\0", 5);
  ASSERT_TRUE(append(*log_, {"first", binary}).ok());
  ASSERT_TRUE(append(*log_, {"", "last"}).ok());
  EXPECT_THAT(read_all(*log_), ElementsAre("first", binary, "", "last"));
}

TEST_P(EventLogContract, PositionsCountUpFromOneWithoutGaps) {
  const auto first = append(*log_, {"a", "b", "c"}).value();
  const auto second = append(*log_, {"d"}).value();
  EXPECT_EQ(first.first, 1);
  EXPECT_EQ(first.last, 3);
  EXPECT_EQ(second.first, 4);
  EXPECT_EQ(second.last, 4);
}

TEST_P(EventLogContract, WhatWasAcknowledgedIsThereAfterReopening) {
  ASSERT_TRUE(append(*log_, {"a"}).ok());
  reopen();
  ASSERT_TRUE(append(*log_, {"b"}).ok());
  reopen();
  EXPECT_THAT(read_all(*log_), ElementsAre("a", "b"));
  EXPECT_EQ(append(*log_, {"c"}).value().first, 3);
}

TEST_P(EventLogContract, AReaderSeesWhatWasAcknowledgedAfterItWasOpened) {
  const auto reader = std::move(log_->read_after(0)).value();
  EXPECT_THAT(reader->next(1000).value(), IsEmpty());
  ASSERT_TRUE(append(*log_, {"a"}).ok());
  const auto records = reader->next(1000).value();
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].position, 1);
  EXPECT_EQ(records[0].bytes, "a");
  EXPECT_THAT(reader->next(1000).value(), IsEmpty());
}

TEST_P(EventLogContract, AReaderStartsBehindAnyPosition) {
  ASSERT_TRUE(append(*log_, {"a", "b", "c"}).ok());
  EXPECT_THAT(read_all(*log_, 0), ElementsAre("a", "b", "c"));
  EXPECT_THAT(read_all(*log_, 2), ElementsAre("c"));
  EXPECT_THAT(read_all(*log_, 3), IsEmpty());
}

TEST_P(EventLogContract, AReaderGivesALargeRecordHoweverLittleItIsAskedFor) {
  const std::string large(1 << 20, 'l');
  ASSERT_TRUE(append(*log_, {large}).ok());
  const auto reader = std::move(log_->read_after(0)).value();
  const auto records = reader->next(1).value();
  ASSERT_EQ(records.size(), 1);
  EXPECT_TRUE(records[0].bytes == large);
}

TEST_P(EventLogContract, ReadersDoNotDisturbEachOther) {
  ASSERT_TRUE(append(*log_, {"a", "b"}).ok());
  const auto one = std::move(log_->read_after(0)).value();
  const auto two = std::move(log_->read_after(1)).value();
  const auto of_one = one->next(1000).value();
  const auto of_two = two->next(1000).value();
  ASSERT_EQ(of_one.size(), 2);
  ASSERT_EQ(of_two.size(), 1);
  EXPECT_EQ(of_one[0].bytes, "a");
  EXPECT_EQ(of_two[0].bytes, "b");
}

TEST_P(EventLogContract, AnswersInTheOrderOfAppendsFromAThreadOfItsOwn) {
  std::vector<model::Position> answered;
  std::atomic<bool> from_here = false;
  for (int i = 0; i < 200; ++i) {
    log_->append(batch_of({"a"}), [&, caller = std::this_thread::get_id()](const Result<ports::Appended>& answer) {
      answered.push_back(answer.value().first);
      if (std::this_thread::get_id() == caller) from_here = true;
    });
  }
  ASSERT_TRUE(log_->close().ok());
  ASSERT_EQ(answered.size(), 200);
  for (std::size_t i = 0; i < answered.size(); ++i) EXPECT_EQ(answered[i], i + 1);
  EXPECT_FALSE(from_here);
}

TEST_P(EventLogContract, IsDurableAndReadableWhenItAnswers) {
  std::atomic<model::Position> last = 0;
  log_->append(batch_of({"a", "b"}), [&](const auto&) { last = log_->stats().last; });
  ASSERT_TRUE(log_->close().ok());
  EXPECT_EQ(last, 2);
}

TEST_P(EventLogContract, WaitingEndsWithTheNextRecordOrTheTimeout) {
  EXPECT_FALSE(log_->wait_beyond(0, std::chrono::milliseconds(1)));
  std::jthread waiter([&] { EXPECT_TRUE(log_->wait_beyond(0, std::chrono::minutes(1))); });
  ASSERT_TRUE(append(*log_, {"a"}).ok());
  waiter.join();
  EXPECT_TRUE(log_->wait_beyond(0, std::chrono::milliseconds(0)));
}

TEST_P(EventLogContract, WhatWasNotReleasedStays) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*log_, {std::string(1000, 'x')}).ok());
  log_->release(50);
  reopen();
  EXPECT_EQ(read_all(*log_, 50).size(), 50);
}

TEST_P(EventLogContract, WhatIsGoneIsNotFound) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*log_, {std::string(1000, 'x')}).ok());
  log_->release(100);
  for (int look = 0; look < 5000 && log_->stats().first <= 1; ++look) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_GT(log_->stats().first, 1) << "this adapter never lets go";
  EXPECT_EQ(log_->read_after(0).error().code, Errc::not_found);
  EXPECT_EQ(append(*log_, {"next"}).value().first, 101);
}

TEST_P(EventLogContract, ReleaseNeverGoesBack) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*log_, {std::string(1000, 'x')}).ok());
  log_->release(60);
  log_->release(10);
  reopen();
  EXPECT_EQ(read_all(*log_, 60).size(), 40);
}

TEST_P(EventLogContract, AfterCloseItIsUnavailable) {
  ASSERT_TRUE(log_->close().ok());
  ASSERT_TRUE(log_->close().ok());
  EXPECT_EQ(append(*log_, {"a"}).error().code, Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Adapters, EventLogContract, ::testing::Values(segment_log()),
                         [](const auto& adapter) { return adapter.param.name; });

}  // namespace
}  // namespace spectrum
