#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "log/segment_format.h"

namespace spectrum::log {

/// A live segment as readers see it. Who holds it keeps its file from being recycled, though not from being removed.
class Segment {
 public:
  Segment(SegmentHeader segment_header, std::string file_path, std::uint64_t durable_end, std::uint64_t file_bytes)
      : header(segment_header), path(std::move(file_path)), prepared_bytes(file_bytes), end_(durable_end) {}

  const SegmentHeader header;
  const std::string path;
  const std::uint64_t prepared_bytes;  ///< the size of the file when it came into use

  /// True once nothing more will be added. Ask before end(), which is final then.
  bool is_sealed() const { return sealed_.load(std::memory_order_acquire); }
  /// Bytes before here are durable records.
  std::uint64_t end() const { return end_.load(std::memory_order_acquire); }

  void advance(std::uint64_t end) { end_.store(end, std::memory_order_release); }
  void seal() { sealed_.store(true, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> end_;
  std::atomic<bool> sealed_{false};
};

/// Which sealed segments may go: all of their records were released, and they are too many or too old.
struct Retention {
  model::Position released = 0;
  std::uint64_t keep_bytes = 0;
  Timestamp keep_since{};
};

/// The live segments in order, and up to where their records are durable. Thread-safe.
class Segments {
 public:
  /// Adds the newest segment and seals the one before.
  void add(std::shared_ptr<Segment> segment);
  /// The newest segment is durable up to `end`, and with it all records up to `last`.
  void advance(std::uint64_t end, model::Position last);

  /// The segment that holds the record behind `after`, or will.
  Result<std::shared_ptr<const Segment>> holding_next(model::Position after) const;
  Result<std::shared_ptr<const Segment>> following(const Segment& segment) const;
  std::shared_ptr<const Segment> newest() const;  ///< null before the first was added

  /// Takes the oldest segment off the list if it may go; null otherwise.
  std::shared_ptr<Segment> take_oldest(const Retention& retention);

  bool wait_beyond(model::Position after, std::chrono::milliseconds timeout) const;
  model::Position first() const;  ///< the oldest record held, 0 if none
  model::Position last() const;   ///< the newest durable record ever, 0 if none
  std::uint64_t bytes() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable advanced_;
  std::deque<std::shared_ptr<Segment>> segments_;
  model::Position last_ = 0;
};

}  // namespace spectrum::log
