#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "log/segment_format.h"
#include "ports/event_log.h"

namespace spectrum::log {

/// Bytes that grow without being zeroed first.
class FrameBuffer {
 public:
  /// Room for `bytes` more at the end.
  char* extend(std::size_t bytes);
  std::size_t size() const { return size_; }
  std::string_view view(std::size_t from, std::size_t to) const { return {bytes_.get() + from, to - from}; }
  /// Empties it, and gives memory back that only a burst needed.
  void clear();

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Where the next record goes.
struct Tail {
  std::uint64_t segment = 0;
  std::uint32_t salt = 0;
  std::uint64_t offset = 0;
  std::uint64_t capacity = 0;
  model::Position next = 1;
};

/// Frames that go into one segment by one write and one sync.
struct Chunk {
  std::size_t begin = 0;  ///< in the group's bytes
  std::size_t end = 0;
  Tail start;             ///< where the first of them goes
  model::Position last = 0;
  bool opens_segment = false;
};

/// An append that has to be answered: with an error, or with positions once these are durable.
struct Waiter {
  Result<ports::Appended> answer;
  ports::EventLog::Done done;
};

/// What was appended while the commit before was under way.
struct CommitGroup {
  FrameBuffer bytes;
  std::vector<Chunk> chunks;
  std::vector<Waiter> waiters;

  void clear();
};

/// Where appends become frames and wait for the committer. Appends come from any thread, the other calls from the one
/// committer, except close.
class CommitQueue {
 public:
  struct Limits {
    std::uint64_t segment_bytes = 0;
    std::uint64_t max_pending_bytes = 0;
  };
  explicit CommitQueue(Limits limits);

  void append(const ports::RecordBatch& batch, ports::EventLog::Done done);
  /// While corked, appends are not taken until enough of them wait.
  void cork();
  void uncork();

  /// Waits for appends and swaps them into `group`, which must be clear. False when `patience` passed without any, or
  /// when the queue is drained.
  bool take(CommitGroup& group, std::chrono::milliseconds patience);
  /// `bytes` that were taken are durable or given up.
  void settle(std::size_t bytes);

  /// Refuses what comes from now on with `why`, and moves what waits into `group`.
  void refuse(const Error& why, CommitGroup& group);
  /// Accepts appends, to be written at `tail`.
  void accept(const Tail& tail);
  bool is_accepting() const;

  /// Refuses what comes from now on; what waits can still be taken, and then the queue is drained.
  void close();
  bool is_drained() const;

  std::uint64_t pending_bytes() const;
  /// The segment behind `tail`, with room for a frame of `frame_bytes`. Each is twice as large as the one before, up to
  /// the limit.
  Tail segment_behind(const Tail& tail, std::size_t frame_bytes = 0);
  std::uint64_t capacity_behind(std::uint64_t capacity) const;

 private:
  bool is_ripe() const;
  std::optional<Error> refusal(const ports::RecordBatch& batch) const;
  ports::Appended frame(const ports::RecordBatch& batch);
  void begin_chunk(std::size_t at, bool opens_segment);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  CommitGroup filling_;
  unsigned corks_ = 0;
  Tail tail_;
  std::uint64_t pending_bytes_ = 0;
  std::optional<Error> refusing_;
  bool closed_ = false;
  std::mt19937_64 salts_;
};

}  // namespace spectrum::log
