#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/uuid.h"
#include "lake/lake.h"
#include "ports/event_log.h"

namespace spectrum::lake {

struct ExporterOptions {
  std::string staging_folder;  ///< on the store's file system; emptied before each run
  std::chrono::seconds every{600};
  /// Earlier when so many records wait, because the log cannot be trimmed before.
  std::uint64_t at_most_waiting = 2'000'000;
  /// So many files of one day become one …
  std::size_t files_to_merge = 8;
  /// … counting only files below this size …
  std::uint64_t large_file_bytes = 128u << 20;
  /// … whose rows together take at most so much memory.
  std::uint64_t merge_at_most_bytes = 256u << 20;
  /// Between a run that failed and the next.
  std::chrono::seconds retry{60};
};

/// What an exporter works on; all of it must outlive it.
struct ExporterPorts {
  ports::Warehouse& warehouse;
  ports::EventLog& log;
  Lake& lake;
  const Clock& clock;
  /// `unavailable` while writing so many bytes would fill the disk; may be empty.
  std::function<Status(std::uint64_t bytes)> room{};
};

struct ExporterStatus {
  std::optional<Timestamp> last_run;  ///< of a run that succeeded
  model::Position position = 0;       ///< the lake's
  std::string failure;                ///< why the last run failed; empty: it did not
};

/// Brings what the warehouse loaded into the lake, time and again on a thread of its own, and then lets the
/// log trim it. All calls are thread-safe.
class Exporter {
 public:
  Exporter(ExporterPorts ports, ExporterOptions options);
  /// Stops.
  ~Exporter();

  void start();
  /// Ends the thread; a run in hand is given up, and the next one does its work. Idempotent.
  void stop();

  /// Exports what is new, merges small files and releases the log; does nothing when nothing is new. Files
  /// that the run replaced stay until the next one, for whoever reads them now.
  Status run_once();

  /// Copies the lake into a folder, of the facts only those with a UTC date in [from, until) (`2026-11-21`;
  /// empty: no limit), after a run. The copy has a manifest and so is a lake itself.
  Status export_to(const std::string& folder, const std::string& from, const std::string& until);

  ExporterStatus status() const;

 private:
  void run(const std::stop_token& stop);
  bool is_due(std::chrono::steady_clock::time_point last) const;
  Status must_go_on() const;
  bool has_room(std::uint64_t bytes) const { return !ports_.room || ports_.room(bytes).ok(); }
  std::uint64_t bytes_to_export(const Manifest& manifest, model::Position until) const;
  Status export_and_merge();
  void release_log();
  Status export_new(Manifest& manifest);
  Status merge_small(Manifest& manifest);
  std::vector<LakeFile> mergeable(std::vector<LakeFile> files) const;
  Result<LakeFile> merge(std::span<const LakeFile> files);
  Status empty_staging();
  std::string unique_name(model::Position until);

  const ExporterPorts ports_;
  const ExporterOptions options_;
  std::mutex running_;  ///< one run at a time
  Uuid7Generator names_;
  Guarded<ExporterStatus> published_;

  std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::condition_variable ended_;
  bool is_running_ = false;  ///< the thread
  std::atomic<bool> gives_up_ = false;
  std::jthread thread_;
};

}  // namespace spectrum::lake
