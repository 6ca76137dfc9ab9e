#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/position.h"

namespace spectrum::ports {

/// Records to be appended together: their bytes one after the other, and the size of each.
struct RecordBatch {
  std::string bytes;
  std::vector<std::uint32_t> sizes;

  bool empty() const { return sizes.empty(); }
};

/// Where a batch went: the positions of its first and last record.
struct Appended {
  model::Position first = 0;
  model::Position last = 0;
};

struct StoredRecord {
  model::Position position = 0;
  std::string_view bytes;
};

/// Hands out durable records in order. One thread at a time; the log must outlive it.
class EventLogReader {
 public:
  virtual ~EventLogReader() = default;

  /// The next durable records, at least one if there is any, about `max_bytes` at most; none when all were read. The
  /// views live until the next call. `corrupt` names the file and offset of the damage.
  virtual Result<std::span<const StoredRecord>> next(std::size_t max_bytes) = 0;
};

struct EventLogStats {
  model::Position first = 0;       ///< the oldest position still held; 0 when empty
  model::Position last = 0;        ///< the newest durable position; 0 when empty
  std::uint64_t bytes = 0;         ///< on disk
  std::uint64_t pending_bytes = 0; ///< appended, not yet durable
  std::uint64_t commits = 0;       ///< group commits since the start
  std::uint64_t sync_micros = 0;   ///< spent in fsync since the start
  bool accepting = true;           ///< false while storage refuses writes
};

/// The durable, ordered record of everything received. All calls are thread-safe.
class EventLog {
 public:
  using Done = std::function<void(const Result<Appended>&)>;

  virtual ~EventLog() = default;

  /// Queues a copy of a batch behind those before it and returns at once. `done` is called exactly once, from a thread of the
  /// log and in order: with the positions when the batch is durable, or with `unavailable` when storage refuses it, and
  /// then nothing of it (and of nothing queued behind it until storage works again) will ever be read.
  virtual void append(const RecordBatch& batch, Done done) = 0;

  /// A hint that a burst of appends begins: those up to `uncork` share a commit where that is cheaper. Calls nest, also
  /// across threads. Don't wait for an answer in between.
  virtual void cork() {}
  virtual void uncork() {}

  /// A reader that starts behind `after`. `not_found` when records right behind it were released and are gone.
  virtual Result<std::unique_ptr<EventLogReader>> read_after(model::Position after) = 0;

  /// Waits until something behind `after` is durable; false when `timeout` passed first.
  virtual bool wait_beyond(model::Position after, std::chrono::milliseconds timeout) = 0;

  /// Says that everything up to here is kept elsewhere too; only that may be removed, as retention asks.
  virtual void release(model::Position until) = 0;

  virtual EventLogStats stats() const = 0;

  /// Makes what was appended durable, answers every `done`, and takes no more. Idempotent.
  virtual Status close() = 0;
};

}  // namespace spectrum::ports
