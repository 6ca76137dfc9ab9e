#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "log/storage.h"
#include "ports/event_log.h"

namespace spectrum::log {

struct SegmentLogOptions {
  /// Segments grow from 4 MiB, each twice as large as the one before, up to this: a small store stays small.
  std::uint64_t segment_bytes = 64 << 20;
  /// Released segments stay until the log is larger than this, or until they are older.
  std::uint64_t keep_bytes = 1 << 30;
  std::chrono::seconds keep_age = std::chrono::hours(7 * 24);
  /// Beyond this much that waits for the disk, appends are refused.
  std::uint64_t max_pending_bytes = 64 << 20;
  /// Used segments kept ready for reuse.
  std::size_t spare_segments = 2;
  /// With less free on the disk, appends are refused.
  std::uint64_t min_free_bytes = 64 << 20;
  /// How long refused storage is left alone before the next try.
  std::chrono::milliseconds retry_after{1000};
  /// Runs the commit thread at real-time priority, where that is permitted.
  bool realtime_commits = true;
  /// What to write with; a test's may fail.
  Storage* storage = &Storage::real();
};

/// The built-in EventLog: a folder of segment files (docs/log-format.md).
///
/// One thread commits. Whatever was appended while it synced goes into its next write and sync, so commits grow with the
/// load and nothing waits for a timer. It writes into files whose blocks were written before, which makes a sync about
/// half as long; another thread prepares these and takes old ones away.
///
/// When a write or sync fails, all that waits is refused and the file is never written again; the log tries a new
/// segment until storage works, and accepts again without a restart. What was acknowledged stays readable throughout.
/// A batch that was refused or never answered is not read later, but for two cases: the process died before it could
/// answer; or a sync failed, and so did cutting the file or the power before there was a next segment. A batch is then
/// there whole, unless it lies across two segments.
///
/// An empty batch is answered, with `last` the position before it, once everything before it is durable.
class SegmentLog final : public ports::EventLog {
 public:
  /// Opens the log in `folder`, which nobody else may use, and creates it if needed. `corrupt` names damage. On a full
  /// disk an existing log opens for reading and accepts when there is room. Clock and storage must outlive the log.
  static Result<std::unique_ptr<SegmentLog>> open(const std::string& folder, const SegmentLogOptions& options,
                                                  const Clock& clock);
  ~SegmentLog() override;

  /// After close(), `done` is called from here. It must not call close().
  void append(const ports::RecordBatch& batch, Done done) override;
  void cork() override;
  void uncork() override;
  /// `corrupt` when `after` is beyond the end: records were lost since it was read.
  Result<std::unique_ptr<ports::EventLogReader>> read_after(model::Position after) override;
  bool wait_beyond(model::Position after, std::chrono::milliseconds timeout) override;
  void release(model::Position until) override;
  ports::EventLogStats stats() const override;
  Status close() override;

 private:
  struct Parts;
  explicit SegmentLog(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace spectrum::log
