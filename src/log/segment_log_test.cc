#include "log/segment_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "log/segment_format.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

using ports::Appended;
using ports::RecordBatch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Segments of 8 KiB: half of it is header, so that a few records roll.
SegmentLogOptions small_segments() {
  SegmentLogOptions options;
  options.segment_bytes = 8192;
  options.min_free_bytes = 0;
  options.retry_after = std::chrono::milliseconds(10);
  options.realtime_commits = false;
  return options;
}

RecordBatch batch_of(const std::vector<std::string>& records) {
  RecordBatch batch;
  for (const auto& record : records) {
    batch.bytes += record;
    batch.sizes.push_back(static_cast<std::uint32_t>(record.size()));
  }
  return batch;
}

Result<Appended> append(ports::EventLog& log, const std::vector<std::string>& records) {
  std::promise<Result<Appended>> answer;
  log.append(batch_of(records), [&](const Result<Appended>& appended) { answer.set_value(appended); });
  return answer.get_future().get();
}

std::vector<std::string> read_all(ports::EventLog& log, model::Position after = 0) {
  auto reader = std::move(log.read_after(after)).value();
  std::vector<std::string> records;
  for (;;) {
    const auto some = reader->next(1 << 16).value();
    if (some.empty()) return records;
    for (const auto& record : some) {
      EXPECT_EQ(record.position, after + records.size() + 1);
      records.emplace_back(record.bytes);
    }
  }
}

class SegmentLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentLog> open(const SegmentLogOptions& options = small_segments()) {
    return std::move(SegmentLog::open(folder_.path(), options, clock_)).value();
  }
  std::vector<std::string> files(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = file.path().filename().string();
      if (name.starts_with(prefix)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  /// Asks again until it is so, a second at most: for what another thread does soon.
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  TempDir folder_;
  ManualClock clock_{from_micros(1'700'000'000'000'000)};
};

TEST_F(SegmentLogTest, StartsEmptyAndCountsFromOne) {
  auto log = open();
  EXPECT_EQ(log->stats().first, 0);
  EXPECT_EQ(log->stats().last, 0);
  EXPECT_THAT(read_all(*log), IsEmpty());
  const auto appended = append(*log, {"a", "b"}).value();
  EXPECT_EQ(appended.first, 1);
  EXPECT_EQ(appended.last, 2);
  EXPECT_THAT(read_all(*log), ElementsAre("a", "b"));
}

TEST_F(SegmentLogTest, KeepsEverythingOverReopening) {
  std::vector<std::string> expected;
  for (int round = 0; round < 4; ++round) {
    auto log = open();
    for (int i = 0; i < 20; ++i) {
      expected.push_back(std::string(400, 'x') + std::to_string(expected.size()));
      ASSERT_TRUE(append(*log, {expected.back()}).ok());
    }
    ASSERT_TRUE(log->close().ok());
  }
  auto log = open();
  EXPECT_EQ(read_all(*log), expected);
  EXPECT_GT(files("0").size(), 6);
}

}  // namespace
}  // namespace spectrum::log
