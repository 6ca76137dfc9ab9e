#include "log/segment_log.h"

#include <filesystem>
#include <mutex>
#include <thread>

#include "base/this_thread.h"
#include "log/committer.h"
#include "log/log_reader.h"
#include "log/recovery.h"
#include "log/upkeep.h"

namespace spectrum::log {
namespace {

Status create_folder(const std::string& folder) {
  if (std::filesystem::is_directory(folder)) return {};
  CHECK_OK(make_directories(folder));
  return sync_directory(std::filesystem::absolute(folder).parent_path().string());
}

}  // namespace

struct SegmentLog::Parts {
  Parts(const std::string& path, const SegmentLogOptions& options, const Clock& clock)
      : folder(path, *options.storage),
        queue({options.segment_bytes, options.max_pending_bytes}),
        upkeep(segments, folder, *options.storage, queue, clock,
               {options.segment_bytes, options.keep_bytes, options.keep_age, options.min_free_bytes,
                options.spare_segments}),
        committer(queue, segments, folder, *options.storage, clock,
                  {options.min_free_bytes, options.retry_after, options.realtime_commits}, [this] { upkeep.wake(); }) {}

  SegmentFolder folder;
  Segments segments;
  CommitQueue queue;
  Upkeep upkeep;
  Committer committer;
  std::mutex closing;
  std::jthread upkeep_thread;
  std::jthread commit_thread;
};

SegmentLog::SegmentLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  parts_->commit_thread = std::jthread([this] { parts_->committer.run(); });
  parts_->upkeep_thread = std::jthread([this](const std::stop_token& stop) {
    name_thread("log-upkeep");
    parts_->upkeep.run(stop);
  });
}

SegmentLog::~SegmentLog() { static_cast<void>(close().ok()); }

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(const std::string& folder, const SegmentLogOptions& options,
                                                     const Clock& clock) {
  CHECK_OK(create_folder(folder));
  auto parts = std::make_unique<Parts>(folder, options, clock);
  TRY(auto recovered, recover(parts->folder));
  for (auto& segment : recovered.segments) parts->segments.add(std::move(segment));
  CHECK_OK(parts->committer.start(recovered.end));
  return std::unique_ptr<SegmentLog>(new SegmentLog(std::move(parts)));
}

void SegmentLog::append(const ports::RecordBatch& batch, Done done) { parts_->queue.append(batch, std::move(done)); }

void SegmentLog::cork() { parts_->queue.cork(); }
void SegmentLog::uncork() { parts_->queue.uncork(); }

Result<std::unique_ptr<ports::EventLogReader>> SegmentLog::read_after(model::Position after) {
  TRY(auto reader, LogReader::open(parts_->segments, after));
  return std::unique_ptr<ports::EventLogReader>(std::move(reader));
}

bool SegmentLog::wait_beyond(model::Position after, std::chrono::milliseconds timeout) {
  return parts_->segments.wait_beyond(after, timeout);
}

void SegmentLog::release(model::Position until) { parts_->upkeep.release(until); }

ports::EventLogStats SegmentLog::stats() const {
  ports::EventLogStats stats;
  stats.first = parts_->segments.first();
  stats.last = parts_->segments.last();
  stats.bytes = parts_->segments.bytes() + parts_->folder.spare_bytes();
  stats.pending_bytes = parts_->queue.pending_bytes();
  stats.commits = parts_->committer.commits();
  stats.sync_micros = parts_->committer.sync_micros();
  stats.accepting = parts_->queue.is_accepting();
  return stats;
}

Status SegmentLog::close() {
  std::lock_guard lock(parts_->closing);
  parts_->queue.close();
  if (parts_->commit_thread.joinable()) parts_->commit_thread.join();
  parts_->upkeep_thread.request_stop();
  if (parts_->upkeep_thread.joinable()) parts_->upkeep_thread.join();
  return parts_->committer.outcome();
}

}  // namespace spectrum::log
