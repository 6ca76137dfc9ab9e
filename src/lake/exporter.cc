#include "lake/exporter.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/fault_point.h"
#include "base/file.h"
#include "base/log.h"
#include "base/this_thread.h"
#include "lake/copy.h"
#include "warehouse/tables.h"

namespace spectrum::lake {
namespace {

/// How often the thread looks whether a run is due.
constexpr std::chrono::seconds kLook{5};
constexpr std::chrono::milliseconds kInterruptEvery{50};

/// What the rows of a file take in memory; of a file that does not say so, a guess on the safe side.
std::uint64_t unpacked(const LakeFile& file) {
  return file.unpacked_bytes > 0 ? file.unpacked_bytes : file.bytes * 32;
}

std::uint64_t packed(std::span<const LakeFile> files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  return bytes;
}

}  // namespace

Exporter::Exporter(ExporterPorts ports, ExporterOptions options)
    : ports_(std::move(ports)), options_(std::move(options)) {}

Exporter::~Exporter() { stop(); }

void Exporter::start() {
  gives_up_ = false;
  is_running_ = true;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("lake");
    run(stop);
    {
      const std::lock_guard lock(mutex_);
      is_running_ = false;
    }
    ended_.notify_all();
  });
}

void Exporter::stop() {
  if (!thread_.joinable()) return;
  gives_up_ = true;
  thread_.request_stop();
  {
    // A statement that begins just after an interrupt has not seen it.
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kInterruptEvery, [&] { return !is_running_; })) {
      lock.unlock();
      ports_.warehouse.interrupt();
      lock.lock();
    }
  }
  thread_.join();
}

void Exporter::run(const std::stop_token& stop) {
  auto last = std::chrono::steady_clock::now();
  auto not_before = last;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stopping_.wait_for(lock, stop, std::min<std::chrono::seconds>(kLook, options_.every),
                         [] { return false; });
    }
    if (stop.stop_requested()) return;
    if (std::chrono::steady_clock::now() < not_before || !is_due(last)) continue;
    last = std::chrono::steady_clock::now();
    const Status done = run_once();
    if (done.ok()) continue;
    if (stop.stop_requested()) {
      log_info("the export into the lake was given up; the next one does its work");
      return;
    }
    not_before = last + options_.retry;
    log_error("the export into the lake failed; it is tried again", {{"reason", done.error().message}});
  }
}

Status Exporter::must_go_on() const { return gives_up_ ? unavailable("the export was given up") : Status(); }

bool Exporter::is_due(std::chrono::steady_clock::time_point last) const {
  if (std::chrono::steady_clock::now() - last >= options_.every) return true;
  const auto cursor = ports_.warehouse.cursor();
  return cursor.ok() && *cursor > ports_.lake.position() + options_.at_most_waiting;
}

Status Exporter::run_once() {
  std::lock_guard lock(running_);
  const Status done = export_and_merge();
  published_.with([&](ExporterStatus& status) {
    status.position = ports_.lake.position();
    status.failure = done.ok() ? "" : done.error().message;
    if (done.ok()) status.last_run = ports_.clock.now();
  });
  return done;
}

ExporterStatus Exporter::status() const {
  return published_.with([](const ExporterStatus& status) { return status; });
}

Status Exporter::export_and_merge() {
  CHECK_OK(ports_.lake.sweep());
  Manifest manifest = ports_.lake.manifest();
  TRY(const model::Position cursor, ports_.warehouse.cursor());
  // After a crash it is behind the lake until what was not in its file yet is loaded again.
  if (cursor <= manifest.position) {
    release_log();
    return {};
  }
  CHECK_OK(empty_staging());
  if (ports_.room) CHECK_OK(ports_.room(bytes_to_export(manifest, cursor)));
  CHECK_OK(export_new(manifest));
  CHECK_OK(merge_small(manifest));
  manifest.created_at = ports_.clock.now();
  CHECK_OK(ports_.lake.publish(manifest));
  release_log();
  log_info("exported into the lake", {{"position", manifest.position}, {"files", manifest.files.size()}});
  return {};
}

/// The log keeps what the lake lacks, and what the warehouse would have to load again after a crash.
void Exporter::release_log() { ports_.log.release(std::min(ports_.lake.position(), ports_.warehouse.checkpointed())); }

/// About: dimensions as large as they were, facts as those before them; at first as much as the warehouse has.
std::uint64_t Exporter::bytes_to_export(const Manifest& manifest, model::Position until) const {
  std::uint64_t rows = 0, facts = 0;
  for (const auto& file : manifest.files) {
    if (file.table != warehouse::kFacts) continue;
    rows += file.rows;
    facts += file.bytes;
  }
  const auto warehouse = ports_.warehouse.stats();
  if (rows == 0) return warehouse.file_bytes + warehouse.pending_bytes;
  return packed(manifest.files) - facts + (until - manifest.position) * (facts / rows + 1);
}

Status Exporter::empty_staging() {
  std::error_code ignored;  // What cannot be removed makes the next step fail.
  std::filesystem::remove_all(options_.staging_folder, ignored);
  return make_directories(options_.staging_folder);
}

std::string Exporter::unique_name(model::Position until) {
  std::string id;
  append_uuid(id, names_.next(ports_.clock.now()));
  return std::to_string(until) + "-" + id;
}

Status Exporter::export_new(Manifest& manifest) {
  TRY(const auto exported, ports_.warehouse.export_parquet(manifest.position, options_.staging_folder));
  fault_point("lake.after_data_files");
  // Facts are added to; every other table is there as a whole.
  std::erase_if(manifest.files, [](const LakeFile& file) { return file.table != warehouse::kFacts; });
  for (const auto& file : exported.files) {
    CHECK_OK(must_go_on());
    TRY(auto stored, ports_.lake.store(file, manifest.position, exported.until, unique_name(exported.until)));
    manifest.files.push_back(std::move(stored));
  }
  manifest.position = exported.until;
  return {};
}

Status Exporter::merge_small(Manifest& manifest) {
  std::map<std::string, std::vector<LakeFile>> small_files;
  for (const auto& file : manifest.files) {
    if (file.table == warehouse::kFacts && file.bytes < options_.large_file_bytes) {
      small_files[file.partition].push_back(file);
    }
  }
  for (auto& [date, all] : small_files) {
    CHECK_OK(must_go_on());
    const auto files = mergeable(std::move(all));
    if (files.size() < options_.files_to_merge || !has_room(packed(files))) continue;
    auto merged = merge(files);
    if (!merged.ok() && merged.error().code == Errc::limited) {
      log_warning("small files of the lake stay as they are", {{"date", date}, {"reason", merged.error().message}});
      continue;
    }
    CHECK_OK(merged);
    std::erase_if(manifest.files,
                  [&](const LakeFile& file) { return std::ranges::find(files, file) != files.end(); });
    manifest.files.push_back(std::move(*merged));
  }
  return {};
}

/// As many as fit into memory together, the smallest first.
std::vector<LakeFile> Exporter::mergeable(std::vector<LakeFile> files) const {
  std::ranges::sort(files, {}, unpacked);
  std::uint64_t together = 0;
  const auto first_too_much = std::ranges::find_if(files, [&](const LakeFile& file) {
    together += unpacked(file);
    return together > options_.merge_at_most_bytes;
  });
  files.erase(first_too_much, files.end());
  return files;
}

Result<LakeFile> Exporter::merge(std::span<const LakeFile> files) {
  std::vector<ports::ParquetFile> located;
  std::uint64_t rows = 0;
  for (const auto& file : files) {
    CHECK_OK(ports_.lake.check(file));
    located.push_back(ports_.lake.located(file));
    rows += file.rows;
  }
  const model::Position after = std::ranges::min_element(files, {}, &LakeFile::after)->after;
  const model::Position until = std::ranges::max_element(files, {}, &LakeFile::until)->until;
  const std::string name = unique_name(until);
  TRY(const auto merged,
      ports_.warehouse.merge_parquet(located, options_.staging_folder + "/" + name + ".parquet"));
  if (merged.rows != rows) {
    return internal("merging files of " + std::to_string(rows) + " rows gave " + std::to_string(merged.rows));
  }
  return ports_.lake.store(merged, after, until, name);
}

Status Exporter::export_to(const std::string& folder, const std::string& from, const std::string& until) {
  CHECK_OK(run_once());
  std::lock_guard lock(running_);
  return copy_lake(ports_.lake, folder, from, until);
}

}  // namespace spectrum::lake
