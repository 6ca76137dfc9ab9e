#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "log/commit_queue.h"
#include "log/recovery.h"
#include "log/segment_folder.h"

namespace spectrum::log {

/// Writes what was appended: one write, one sync, then the answers; meanwhile the next group gathers. When storage fails
/// it refuses everything, leaves the failed file for good, and tries again in a new segment until that works.
class Committer {
 public:
  struct Options {
    std::uint64_t min_free_bytes = 0;
    std::chrono::milliseconds retry_after{1000};
    bool realtime = false;
  };
  /// `on_progress` is called when a segment was opened or got a quarter full. Everything must outlive the committer.
  Committer(CommitQueue& queue, Segments& segments, SegmentFolder& folder, Storage& storage, const Clock& clock,
            Options options, std::function<void()> on_progress);

  /// Makes what recovery found durable and gets ready to write behind it; an empty log gets its first segment.
  Status start(const LogEnd& end);

  /// Commits until the queue is drained: the body of the commit thread.
  void run();

  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t sync_micros() const { return sync_micros_.load(std::memory_order_relaxed); }
  /// Why it ended without accepting; ok otherwise. After run().
  Status outcome() const { return stopped_ ? Status(*stopped_) : Status(); }

 private:
  void commit(CommitGroup& group);
  Status write(const Chunk& chunk, std::string_view bytes);
  Status sync();
  std::size_t answer_durable(CommitGroup& group, std::size_t from);
  Status open_segment(const Tail& start);
  Status check_space() const;
  void stop(const Error& why, CommitGroup& group, std::size_t durable_bytes, std::size_t answered);
  Status resume();
  void retry();

  CommitQueue& queue_;
  Segments& segments_;
  SegmentFolder& folder_;
  Storage& storage_;
  const Clock& clock_;
  const Options options_;
  const std::function<void()> on_progress_;

  Fd file_;
  std::string path_;
  Tail end_;                      ///< behind the last durable record
  bool needs_segment_ = false;    ///< the newest segment must not be written to again
  std::optional<Error> stopped_;  ///< why nothing is accepted
  std::chrono::steady_clock::time_point retry_at_{};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> sync_micros_{0};
};

}  // namespace spectrum::log
