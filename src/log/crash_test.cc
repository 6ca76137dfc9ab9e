// Kills a process that appends at every named point of the log, over and over on the same folder.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/fault_point.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

constexpr int kKilled = 137;
/// In an order that has something to recover when it comes to that.
constexpr const char* kPoints[] = {"log.before_write",         "log.before_sync", "log.after_sync",
                                   "log.before_roll",          "log.after_segment_header",
                                   "log.after_roll",           "log.before_retire",
                                   "log.after_retire",         "log.recovering"};

SegmentLogOptions options() {
  SegmentLogOptions options;
  options.segment_bytes = 8192;
  options.keep_bytes = 0;
  options.min_free_bytes = 0;
  options.realtime_commits = false;
  return options;
}

std::string record_at(model::Position position) { return std::to_string(position) + std::string(700, 'r'); }

/// Appends records that say their positions, and tells the pipe how far they were acknowledged.
[[noreturn]] void append_until_killed(const std::string& folder, int pipe) {
  const SystemClock clock;
  auto log = std::move(SegmentLog::open(folder, options(), clock)).value();
  const model::Position first = log->stats().last + 1;
  for (model::Position position = first; position < first + 30; position += 2) {
    const auto appended = append(*log, {record_at(position), record_at(position + 1)});
    SPECTRUM_ASSERT(appended.ok() && appended->first == position, "the log accepts, position by position");
    SPECTRUM_ASSERT(::write(pipe, &appended->last, sizeof appended->last) == sizeof appended->last, "the pipe is open");
    log->release(position / 2);
  }
  SPECTRUM_ASSERT(log->close().ok(), "the log closes");
  ::_exit(0);
}

struct Outcome {
  int status = 0;
  model::Position acknowledged = 0;
};

Outcome run_until_killed(const std::string& folder, const std::string& point_and_hit) {
  int ends[2];
  SPECTRUM_ASSERT(::pipe(ends) == 0, "a pipe can be made");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    arm_fault_point(point_and_hit);
    append_until_killed(folder, ends[1]);
  }
  ::close(ends[1]);
  Outcome outcome;
  for (model::Position position = 0; ::read(ends[0], &position, sizeof position) > 0;) outcome.acknowledged = position;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

TEST(CrashTest, AKillAtAnyNamedPointLosesNothingThatWasAcknowledged) {
  const TempDir folder;
  const SystemClock clock;
  std::set<std::string> hit;
  model::Position acknowledged = 0;
  for (int k = 1; k <= 4; ++k) {
    for (const std::string point : kPoints) {
      SCOPED_TRACE(point + ":" + std::to_string(k));
      const Outcome outcome = run_until_killed(folder.path(), point + ":" + std::to_string(k));
      ASSERT_TRUE(outcome.status == kKilled || outcome.status == 0) << outcome.status;
      if (outcome.status == kKilled) hit.insert(point);
      acknowledged = std::max(acknowledged, outcome.acknowledged);
      auto log = std::move(SegmentLog::open(folder.path(), options(), clock)).value();
      ASSERT_GE(log->stats().last, acknowledged);
      if (log->stats().first == 0) continue;
      const auto records = read_records(*log, log->stats().first - 1).value();
      ASSERT_EQ(records.back().position, log->stats().last);
      for (const auto& record : records) ASSERT_EQ(record.bytes, record_at(record.position));
    }
  }
  EXPECT_EQ(hit.size(), std::size(kPoints)) << "every point is reached";
}

}  // namespace
}  // namespace spectrum::log
