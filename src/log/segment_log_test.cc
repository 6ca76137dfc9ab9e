#include "log/segment_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "log/segment_format.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Half of such a segment is header, so that a few records fill it.
constexpr std::uint64_t kSegmentBytes = 8192;

class SegmentLogTest : public ::testing::Test {
 protected:
  SegmentLogTest() {
    options_.segment_bytes = kSegmentBytes;
    options_.min_free_bytes = 0;
    options_.realtime_commits = false;
  }
  std::unique_ptr<SegmentLog> open() { return std::move(SegmentLog::open(folder_.path(), options_, clock_)).value(); }

  std::vector<std::string> files(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = file.path().filename().string();
      if (name.starts_with(prefix)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  /// Appends records of about 1 kB, three to a segment.
  void append_kilobytes(SegmentLog& log, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      appended_.push_back(std::to_string(appended_.size()) + std::string(1100, 'k'));
      ASSERT_TRUE(append(log, {appended_.back()}).ok());
    }
  }
  /// Looks again until it is so: for what another thread does soon.
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int look = 0; look < 5000 && !condition(); ++look) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return condition();
  }

  TempDir folder_;
  SegmentLogOptions options_;
  ManualClock clock_{from_micros(1'700'000'000'000'000)};
  std::vector<std::string> appended_;
};

TEST_F(SegmentLogTest, CountsPositionsFromOne) {
  auto log = open();
  EXPECT_EQ(log->stats().first, 0);
  EXPECT_EQ(log->stats().last, 0);
  const auto appended = append(*log, {"a", "b"}).value();
  EXPECT_EQ(appended.first, 1);
  EXPECT_EQ(appended.last, 2);
  EXPECT_EQ(log->stats().first, 1);
  EXPECT_EQ(log->stats().last, 2);
}

TEST_F(SegmentLogTest, KeepsEverythingOverReopening) {
  for (int round = 0; round < 4; ++round) {
    auto log = open();
    append_kilobytes(*log, 10);
    ASSERT_TRUE(log->close().ok());
  }
  EXPECT_EQ(read_all(*open()), appended_);
  EXPECT_EQ(files("0").size(), 14);
}

TEST_F(SegmentLogTest, OneBatchMayFillSeveralSegments) {
  const std::vector<std::string> records(50, std::string(900, 'r'));
  auto log = open();
  EXPECT_EQ(append(*log, records).value().last, 50);
  EXPECT_EQ(read_all(*log), records);
  log.reset();
  EXPECT_EQ(read_all(*open()), records);
}

TEST_F(SegmentLogTest, ARecordLargerThanASegmentGetsALargerOne) {
  const std::string large(100'000, 'l');
  auto log = open();
  ASSERT_TRUE(append(*log, {"a", large, "b"}).ok());
  log.reset();
  EXPECT_THAT(read_all(*open()), ElementsAre("a", large, "b"));
}

TEST_F(SegmentLogTest, ARecordMayBeEmpty) {
  auto log = open();
  ASSERT_TRUE(append(*log, {"", "a", ""}).ok());
  log.reset();
  EXPECT_THAT(read_all(*open()), ElementsAre("", "a", ""));
}

TEST_F(SegmentLogTest, RefusesARecordBeyondTheLargestSize) {
  auto log = open();
  const auto refused = append(*log, {std::string(kMaxRecordBytes + 1, 'x')});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_EQ(append(*log, {std::string(kMaxRecordBytes, 'x')}).value().last, 1);
}

TEST_F(SegmentLogTest, AnEmptyBatchWaitsForWhatIsBefore) {
  auto log = open();
  std::atomic<bool> is_durable = false;
  log->append(batch_of({"a"}), [&](const auto&) { is_durable = true; });
  EXPECT_EQ(append(*log, {}).value().last, 1);
  EXPECT_TRUE(is_durable);
}

TEST_F(SegmentLogTest, RefusesMoreThanMayBePending) {
  options_.max_pending_bytes = 1000;
  auto log = open();
  std::vector<Errc> refusals;
  for (int i = 0; i < 100; ++i) {
    log->append(batch_of({std::string(700, 'x')}), [&](const auto& answer) {
      if (!answer.ok()) refusals.push_back(answer.error().code);
    });
  }
  ASSERT_TRUE(log->close().ok());
  EXPECT_THAT(refusals, ::testing::Not(IsEmpty()));
  EXPECT_THAT(refusals, ::testing::Each(Errc::unavailable));
  EXPECT_EQ(log->stats().last, 100 - refusals.size());
  EXPECT_EQ(log->stats().pending_bytes, 0);
}

TEST_F(SegmentLogTest, CloseAnswersWhatWasAppendedAndTakesNoMore) {
  auto log = open();
  int answered = 0;
  for (int i = 0; i < 100; ++i) log->append(batch_of({"a"}), [&](const auto& answer) { answered += answer.ok(); });
  ASSERT_TRUE(log->close().ok());
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(append(*log, {"b"}).error().code, Errc::unavailable);
  EXPECT_FALSE(log->stats().accepting);
}

TEST_F(SegmentLogTest, AReaderStartsAnywhere) {
  auto log = open();
  append_kilobytes(*log, 10);
  for (std::size_t after = 0; after <= 10; ++after) {
    EXPECT_EQ(read_all(*log, after), std::vector(appended_.begin() + after, appended_.end())) << "after " << after;
  }
}

TEST_F(SegmentLogTest, AReaderGetsARecordHoweverFewBytesItAsksFor) {
  auto log = open();
  ASSERT_TRUE(append(*log, {"first", std::string(5000, 'x'), "last"}).ok());
  auto reader = std::move(log->read_after(0)).value();
  EXPECT_EQ(reader->next(1).value().front().bytes, "first");
  EXPECT_EQ(reader->next(1).value().front().bytes.size(), 5000);
  EXPECT_EQ(reader->next(1).value().front().bytes, "last");
  EXPECT_THAT(reader->next(1).value(), IsEmpty());
}

TEST_F(SegmentLogTest, APositionBeyondTheEndIsCorrupt) {
  auto log = open();
  append_kilobytes(*log, 2);
  EXPECT_EQ(log->read_after(3).error().code, Errc::corrupt);
}

TEST_F(SegmentLogTest, KeepsWhatWasNotReleased) {
  options_.keep_bytes = 0;
  auto log = open();
  append_kilobytes(*log, 12);
  log->release(0);
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(files("0").size(), 4);
}

TEST_F(SegmentLogTest, ReleasedSegmentsGoButForTheNewest) {
  options_.keep_bytes = 0;
  auto log = open();
  append_kilobytes(*log, 12);
  log->release(12);
  EXPECT_TRUE(soon([&] { return log->stats().first == 10; }));
  EXPECT_EQ(log->read_after(8).error().code, Errc::not_found);
  EXPECT_EQ(read_all(*log, 9).size(), 3);
  log.reset();
  log = open();
  EXPECT_EQ(log->stats().first, 10);
  EXPECT_EQ(append(*log, {"next"}).value().last, 13);
}

TEST_F(SegmentLogTest, ASegmentIsKeptWhileOneOfItsRecordsIsNotReleased) {
  options_.keep_bytes = 0;
  auto log = open();
  append_kilobytes(*log, 12);
  log->release(5);
  EXPECT_TRUE(soon([&] { return log->stats().first == 4; }));
  log->release(3);
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(log->stats().first, 4);
}

TEST_F(SegmentLogTest, OldSegmentsGoEvenWhenThereIsRoom) {
  options_.keep_age = std::chrono::hours(24);
  auto log = open();
  append_kilobytes(*log, 6);
  clock_.advance(std::chrono::hours(23));
  append_kilobytes(*log, 6);
  log->release(12);
  clock_.advance(std::chrono::hours(2));
  log->release(12);
  EXPECT_TRUE(soon([&] { return log->stats().first == 4; }));
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(log->stats().first, 4);
}

TEST_F(SegmentLogTest, RecycledSegmentsShowNoneOfTheirOldRecords) {
  options_.keep_bytes = 0;
  auto log = open();
  append_kilobytes(*log, 60);
  log->release(60);
  ASSERT_TRUE(soon([&] { return !files("spare").empty() && log->stats().first == 58; }));
  log.reset();
  log = open();
  append_kilobytes(*log, 4);
  EXPECT_EQ(read_all(*log, 60), std::vector(appended_.begin() + 60, appended_.end()));
  log.reset();
  EXPECT_EQ(read_all(*open(), 60), std::vector(appended_.begin() + 60, appended_.end()));
}

TEST_F(SegmentLogTest, AReaderGoesOnInASegmentThatIsReleased) {
  options_.keep_bytes = 0;
  auto log = open();
  append_kilobytes(*log, 12);
  auto reader = std::move(log->read_after(0)).value();
  EXPECT_EQ(reader->next(1).value().front().bytes, appended_[0]);
  log->release(12);
  ASSERT_TRUE(soon([&] { return log->stats().first == 10; }));
  append_kilobytes(*log, 30);
  const auto rest = reader->next(1 << 20).value();
  ASSERT_EQ(rest.size(), 2);
  EXPECT_EQ(rest[0].bytes, appended_[1]);
  EXPECT_EQ(rest[1].bytes, appended_[2]);
  EXPECT_EQ(reader->next(1 << 20).error().code, Errc::not_found);
}

TEST_F(SegmentLogTest, ASmallLogTakesLittleDisk) {
  options_.segment_bytes = 64 << 20;
  auto log = open();
  append_kilobytes(*log, 10);
  EXPECT_LE(log->stats().bytes, 4 << 20);
}

TEST_F(SegmentLogTest, SegmentsGrowUpToTheirLimit) {
  options_.segment_bytes = 16 << 20;
  auto log = open();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(append(*log, {std::string(1 << 20, 'm')}).ok());
  // 4 + 8 + 16 + 16 MiB
  EXPECT_EQ(files("0").size(), 4);
}

TEST_F(SegmentLogTest, PreparesTheNextSegmentWhenAQuarterIsFull) {
  options_.segment_bytes = 8 << 20;
  auto log = open();
  EXPECT_THAT(files("spare"), IsEmpty());
  ASSERT_TRUE(append(*log, {std::string(1 << 20, 'm')}).ok());
  EXPECT_TRUE(soon([&] { return log->stats().bytes == (4 + 8) << 20; }));
}

TEST_F(SegmentLogTest, WhoWaitsIsWokenByTheNextCommit) {
  auto log = open();
  EXPECT_FALSE(log->wait_beyond(0, std::chrono::milliseconds(1)));
  std::thread waiter([&] { EXPECT_TRUE(log->wait_beyond(0, std::chrono::minutes(1))); });
  append_kilobytes(*log, 1);
  waiter.join();
  EXPECT_FALSE(log->wait_beyond(1, std::chrono::milliseconds(0)));
}

TEST_F(SegmentLogTest, AnswersCommitsInTheOrderOfAppends) {
  auto log = open();
  std::vector<model::Position> lasts;
  for (int i = 0; i < 500; ++i) {
    log->append(batch_of({"a", "b"}), [&](const auto& answer) { lasts.push_back(answer.value().last); });
  }
  ASSERT_TRUE(log->close().ok());
  ASSERT_EQ(lasts.size(), 500);
  for (std::size_t i = 0; i < lasts.size(); ++i) EXPECT_EQ(lasts[i], 2 * (i + 1));
  EXPECT_LT(log->stats().commits, 500) << "appends share commits";
}

/// Four threads append, two read, one releases; each record says who appended it and as which.
TEST_F(SegmentLogTest, ManyThreadsAppendReadAndRelease) {
  constexpr int kThreads = 4;
  constexpr int kBatches = 300;
  options_.segment_bytes = 64 << 10;
  options_.keep_bytes = 1 << 20;
  auto log = open();
  const auto append_all = [&](int thread) {
    for (int i = 0; i < kBatches; ++i) {
      const std::string record = std::to_string(thread) + ":" + std::to_string(i) + std::string(500, '.');
      if (i % 10 == 0) {
        EXPECT_TRUE(append(*log, {record, record}).ok());
      } else {
        log->append(batch_of({record, record}), [](const auto& answer) { EXPECT_TRUE(answer.ok()); });
      }
    }
  };
  const auto read_everything = [&] {
    auto reader = std::move(log->read_after(0)).value();
    std::vector<int> seen(kThreads);
    for (model::Position position = 0; position < 2 * kThreads * kBatches;) {
      log->wait_beyond(position, std::chrono::seconds(10));
      const auto records = reader->next(100'000).value();
      for (const auto& record : records) {
        ASSERT_EQ(record.position, ++position);
        const int thread = record.bytes[0] - '0';
        const std::string expected = std::to_string(thread) + ":" + std::to_string(seen[thread]++ / 2) + ".";
        ASSERT_TRUE(record.bytes.starts_with(expected)) << record.bytes.substr(0, 10) << " for " << expected;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(append_all, i);
    for (int i = 0; i < 2; ++i) threads.emplace_back(read_everything);
  }
  log->release(log->stats().last);
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(log->stats().pending_bytes, 0);
}

}  // namespace
}  // namespace spectrum::log
