#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "log/commit_queue.h"
#include "log/segment_folder.h"

namespace spectrum::log {

/// Works ahead of and behind the committer: prepares the next segment's file, and takes away what was released and
/// is beyond retention.
class Upkeep {
 public:
  struct Options {
    std::uint64_t segment_bytes = 0;
    std::uint64_t keep_bytes = 0;
    std::chrono::seconds keep_age{0};
    std::uint64_t min_free_bytes = 0;
    std::size_t spare_segments = 0;
  };
  /// Everything must outlive it.
  Upkeep(Segments& segments, SegmentFolder& folder, Storage& storage, const CommitQueue& queue, const Clock& clock,
         Options options);

  /// The body of its thread.
  void run(const std::stop_token& stop);

  /// Something may be to do.
  void wake();
  void release(model::Position until);

 private:
  /// Waits; true when asked to stop.
  bool wait(const std::stop_token& stop, std::chrono::milliseconds time, bool for_work);
  Status retire_old();
  Status prepare_next(const std::stop_token& stop);
  bool has_room_for(std::uint64_t bytes) const;

  Segments& segments_;
  SegmentFolder& folder_;
  Storage& storage_;
  const CommitQueue& queue_;
  const Clock& clock_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool has_work_ = false;
  model::Position released_ = 0;
};

}  // namespace spectrum::log
