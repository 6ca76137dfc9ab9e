#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "base/guarded.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

using ::testing::HasSubstr;

/// Real storage whose calls fail on demand, but for cutting off what was not acknowledged: the log's promise about refused
/// records needs that, or else that it goes on until there is a next segment.
class FaultyStorage final : public Storage {
 public:
  Status write(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path) override {
    if (fails() || is_full) {
      // As a full disk does: a part is there already.
      CHECK_OK(Storage::write(file, bytes.substr(0, bytes.size() / 2), offset, path));
      return unavailable("cannot write " + path + ": No space left on device");
    }
    return Storage::write(file, bytes, offset, path);
  }
  Status sync(const Fd& file, const std::string& path) override {
    if (sync_failed_.with([&](const auto& paths) { return paths.contains(path); })) synced_after_failure = true;
    const bool is_spare = path.find("spare-") != std::string::npos;
    if (fails() || (!is_spare && next_sync_fails.exchange(false))) {
      sync_failed_.with([&](auto& paths) { paths.insert(path); });
      return internal("cannot sync " + path + ": Input/output error");
    }
    return Storage::sync(file, path);
  }
  Status sync_folder(const std::string& path) override {
    return fails() || folder_sync_fails ? internal("cannot sync the folder") : Storage::sync_folder(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return fails() ? internal("cannot rename") : Storage::rename(from, to);
  }
  Status remove(const std::string& path) override { return fails() ? internal("cannot remove") : Storage::remove(path); }
  Result<std::uint64_t> free_bytes(const std::string&) override { return free.load(); }

  std::atomic<long> calls{0};
  std::atomic<long> fail_from{-1};  ///< the first call that fails, counted from 0; -1 for none
  std::atomic<long> fail_count{1};
  std::atomic<bool> is_full{false};
  std::atomic<bool> next_sync_fails{false};  ///< of a live segment
  std::atomic<bool> folder_sync_fails{false};
  std::atomic<std::uint64_t> free{1 << 30};
  std::atomic<bool> synced_after_failure{false};

  /// Nothing is open any more.
  void forget_files() {
    sync_failed_.with([](auto& paths) { paths.clear(); });
  }

 private:
  bool fails() {
    const long call = calls++;
    return fail_from >= 0 && call >= fail_from && call < fail_from + fail_count;
  }
  Guarded<std::set<std::string>> sync_failed_;
};

class StorageFailureTest : public ::testing::Test {
 protected:
  StorageFailureTest() {
    options_.segment_bytes = 8192;
    options_.min_free_bytes = 1000;
    options_.retry_after = std::chrono::milliseconds(1);
    options_.realtime_commits = false;
    options_.storage = &storage_;
  }
  Result<std::unique_ptr<SegmentLog>> try_open() {
    storage_.forget_files();
    return SegmentLog::open(folder_.path(), options_, clock_);
  }
  std::unique_ptr<SegmentLog> open() { return std::move(try_open()).value(); }

  /// Appends one record and keeps it if it was acknowledged.
  Result<ports::Appended> append_one(SegmentLog& log) {
    auto answer = append(log, {std::to_string(++made_) + std::string(1100, 'x')});
    if (answer.ok()) acknowledged_.push_back(made_);
    return answer;
  }
  static std::vector<int> numbers_in(SegmentLog& log) {
    std::vector<int> numbers;
    for (const auto& record : read_all(log)) numbers.push_back(std::stoi(record));
    return numbers;
  }
  void append_until_accepted(SegmentLog& log) {
    for (int i = 0; i < 5000; ++i) {
      if (append_one(log).ok()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL() << "the log never accepted again";
  }
  void fail_next(long count) {
    storage_.fail_count = count;
    storage_.fail_from = storage_.calls.load();
  }
  void heal() { storage_.fail_from = -1; }

  TempDir folder_;
  SystemClock clock_;
  FaultyStorage storage_;
  SegmentLogOptions options_;
  std::vector<int> acknowledged_;  ///< the numbers of the records
  int made_ = 0;
};

constexpr long kForGood = 1 << 30;

TEST_F(StorageFailureTest, AFailedWriteIsRefusedAndWhatWasAcknowledgedStays) {
  auto log = open();
  ASSERT_TRUE(append_one(*log).ok());
  fail_next(kForGood);
  const auto refused = append_one(*log);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("No space left on device"));
  EXPECT_FALSE(log->stats().accepting);
  EXPECT_EQ(log->stats().pending_bytes, 0);
  EXPECT_EQ(append_one(*log).error().code, Errc::unavailable);
  EXPECT_EQ(numbers_in(*log), acknowledged_);
}

TEST_F(StorageFailureTest, AcceptsAgainWithoutARestartWhenStorageWorksAgain) {
  auto log = open();
  ASSERT_TRUE(append_one(*log).ok());
  fail_next(kForGood);
  ASSERT_FALSE(append_one(*log).ok());
  heal();
  append_until_accepted(*log);
  EXPECT_TRUE(log->stats().accepting);
  EXPECT_EQ(log->stats().last, 2);
  EXPECT_EQ(numbers_in(*log), acknowledged_);
  ASSERT_TRUE(log->close().ok());
  EXPECT_EQ(numbers_in(*open()), acknowledged_);
}

TEST_F(StorageFailureTest, WhatQueuedBehindAFailedCommitIsRefusedToo) {
  auto log = open();
  fail_next(kForGood);
  int refused = 0;
  for (int i = 0; i < 50; ++i) log->append(batch_of({"x"}), [&](const auto& answer) { refused += !answer.ok(); });
  EXPECT_FALSE(log->close().ok());
  EXPECT_EQ(refused, 50);
}

TEST_F(StorageFailureTest, NeverSyncsAFileAgainWhoseSyncFailed) {
  auto log = open();
  ASSERT_TRUE(append_one(*log).ok());
  storage_.next_sync_fails = true;
  ASSERT_FALSE(append_one(*log).ok());
  append_until_accepted(*log);
  ASSERT_TRUE(log->close().ok());
  EXPECT_FALSE(storage_.synced_after_failure);
  EXPECT_EQ(numbers_in(*open()), acknowledged_);
}

TEST_F(StorageFailureTest, RefusesBeforeTheDiskIsFullAndGoesOnInTheSameSegment) {
  auto log = open();
  ASSERT_TRUE(append_one(*log).ok());
  storage_.free = 999;
  EXPECT_THAT(append_one(*log).error().message, HasSubstr("only 999 bytes are free"));
  storage_.free = 1 << 30;
  append_until_accepted(*log);
  EXPECT_EQ(numbers_in(*log), acknowledged_);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "0000000000000002.log"));
}

TEST_F(StorageFailureTest, OpensForReadingOnAFullDisk) {
  {
    auto log = open();
    ASSERT_TRUE(append_one(*log).ok());
  }
  storage_.free = 0;
  auto log = open();
  EXPECT_FALSE(log->stats().accepting);
  EXPECT_EQ(numbers_in(*log), acknowledged_);
  storage_.free = 1 << 30;
  append_until_accepted(*log);
}

/// Its name may have become durable, and then it says that the log goes on there.
TEST_F(StorageFailureTest, GoesOnInTheNextSegmentOnceItMayHaveItsName) {
  auto log = open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append_one(*log).ok());
  storage_.folder_sync_fails = true;
  ASSERT_FALSE(append(*log, {std::string(2000, 'x')}).ok());
  storage_.folder_sync_fails = false;
  while (!log->stats().accepting) std::this_thread::yield();
  ASSERT_TRUE(append(*log, {"4"}).ok());
  acknowledged_.push_back(4);
  EXPECT_EQ(numbers_in(*log), acknowledged_);
  log.reset();
  EXPECT_EQ(numbers_in(*open()), acknowledged_);
}

TEST_F(StorageFailureTest, TriesOnAFullDiskLeaveNothingBehind) {
  auto log = open();
  ASSERT_TRUE(append_one(*log).ok());
  storage_.is_full = true;
  ASSERT_FALSE(append_one(*log).ok());
  const long before = storage_.calls;
  while (storage_.calls < before + 50) std::this_thread::yield();
  storage_.is_full = false;
  append_until_accepted(*log);
  ASSERT_TRUE(log->close().ok());
  const auto files = std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  EXPECT_LE(files, 5);
}


/// Fails the k-th call of a run that rolls, releases and reopens, for every k until the run has no such call.
class EveryFailureTest : public StorageFailureTest, public ::testing::WithParamInterface<long> {};

TEST_P(EveryFailureTest, LosesNothingThatWasAcknowledgedAndShowsNothingThatWasRefused) {
  bool was_hit = true;
  for (long k = 0; was_hit; ++k) {
    SCOPED_TRACE("the failure begins at call " + std::to_string(k));
    std::filesystem::remove_all(folder_.path());
    acknowledged_.clear();
    storage_.calls = 0;
    storage_.fail_count = GetParam();
    storage_.fail_from = k;
    for (int round = 0; round < 2; ++round) {
      auto opened = try_open();
      if (!opened.ok()) continue;
      for (int i = 0; i < 8; ++i) static_cast<void>(append_one(**opened).ok());
      (*opened)->release((*opened)->stats().last / 2);
      static_cast<void>((*opened)->close().ok());
      ASSERT_EQ(numbers_in(**opened), acknowledged_);
    }
    was_hit = storage_.calls > k;
    heal();
    auto log = open();
    ASSERT_EQ(numbers_in(*log), acknowledged_);
    append_until_accepted(*log);
    ASSERT_EQ(numbers_in(*log), acknowledged_);
    ASSERT_FALSE(storage_.synced_after_failure);
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, EveryFailureTest, ::testing::Values(1, 2, 5));

}  // namespace
}  // namespace spectrum::log
