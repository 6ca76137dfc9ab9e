#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "load/batch.h"
#include "load/checkpointer.h"
#include "load/rejection_sink.h"
#include "ports/event_log.h"
#include "ports/warehouse.h"

namespace spectrum::load {

struct LoaderOptions {
  /// One row group of DuckDB: such a batch goes straight into the file instead of staying in memory until a checkpoint.
  std::size_t max_batch_records = 122'880;
  std::size_t max_batch_bytes = 64u << 20;
  /// Between two loads when not behind, unless somebody waits for a position: small commits cost most.
  std::chrono::milliseconds pause{200};
  /// For commands that end when all is loaded, such as bulk loads: loads only when a whole batch is there, which costs
  /// least, or when somebody waits for a position; and does not stand back behind other threads.
  bool is_bulk = false;
  /// Keys of `properties` that get columns of their own (ports::Warehouse::promote).
  std::vector<std::string> promote{};
  /// Between attempts when the sink is short of something, or the disk of room. A warehouse that refuses a batch ends
  /// the loading.
  std::chrono::milliseconds retry{1000};
  CheckpointOptions checkpoint{};
};

/// What a loader works on; all of it must outlive it.
struct LoaderPorts {
  ports::EventLog& log;
  ports::Warehouse& warehouse;
  RejectionSink& rejections;
  /// Since when ingest knows every id (LoadBatch::deduplicated_since).
  std::function<Timestamp()> deduplicated_since;
  /// Brings an empty warehouse up to what is kept elsewhere, before the log is followed; may be empty.
  std::function<Status(const ports::Warehouse::Progress&)> restore;
  /// Called once, from the loader's thread, when it gave up; may be empty. Ingest goes on.
  std::function<void(const Error&)> on_failure;
  /// Loading and folding wait for it.
  Room room{};
  /// Keys of `properties` that turned out to be worth columns of their own; may be empty.
  std::function<Result<std::vector<std::string>>()> wanted{};
};

/// `rebuilding` until all is loaded that was there at the start, from the lake or, after a crash, from the log.
enum class LoaderState { rebuilding, running, failed, stopped };

struct LoaderStatus {
  LoaderState state = LoaderState::stopped;
  model::Position position = 0;  ///< loaded up to here
  Timestamp complete_until{};    ///< everything received up to then is loaded
  model::Position log_last = 0;  ///< what is left: log_last - position
  std::uint64_t rows_done = 0;   ///< while rebuilding
  std::uint64_t rows_total = 0;
  std::uint64_t batches = 0;  ///< since the start
  std::uint64_t refused = 0;  ///< duplicates found at load since the start
  std::string message{};      ///< why it failed
};

/// Follows the log and loads it into the warehouse, on a thread of its own. All calls are thread-safe.
class Loader {
 public:
  Loader(LoaderPorts ports, LoaderOptions options);
  /// Stops.
  ~Loader();

  void start();
  /// Ends the thread after the batch in hand; a restore is given up. Idempotent.
  void stop();

  /// The last position that questions see.
  model::Position position() const;
  /// Waits until that is `position` or beyond, and hurries the loader; false when it failed or `timeout`
  /// passed.
  bool wait_until(model::Position position, std::chrono::milliseconds timeout);
  /// Waits until what was there at the start is loaded; false when it failed or `timeout` passed.
  bool wait_until_running(std::chrono::milliseconds timeout);
  LoaderStatus status() const;

 private:
  void run(const std::stop_token& stop);
  Status follow(const std::stop_token& stop);
  Status prepare();
  Status promote(const std::string& property);
  Status promote_wanted();
  Result<bool> fill_promoted();
  Result<std::size_t> load_some(std::span<const ports::StoredRecord> records, const std::stop_token& stop);
  Status load(std::span<const ports::StoredRecord> records, const std::stop_token& stop);
  bool should_gather() const;
  Status persistently(const std::stop_token& stop, const std::function<Status()>& attempt);
  void rest(const std::stop_token& stop, std::chrono::milliseconds time, bool until_somebody_waits);
  void publish(const std::function<void(LoaderStatus&)>& change);
  void publish_loaded(model::Position position, const std::function<void(LoaderStatus&)>& change);

  const LoaderPorts ports_;
  const LoaderOptions options_;
  Checkpointer checkpointer_;
  Batch batch_;
  model::Position last_at_start_ = 0;
  bool has_new_columns_ = false;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  LoaderStatus published_;
  unsigned waiting_ = 0;
  std::jthread thread_;
};

}  // namespace spectrum::load
