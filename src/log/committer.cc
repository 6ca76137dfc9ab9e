#include "log/committer.h"

#include <fcntl.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/this_thread.h"

namespace spectrum::log {
namespace {

void fail(CommitGroup& group, std::size_t from, const Error& why) {
  for (; from < group.waiters.size(); ++from) {
    Waiter& waiter = group.waiters[from];
    if (waiter.answer.ok()) waiter.answer = why;
    waiter.done(waiter.answer);
  }
}

}  // namespace

Committer::Committer(CommitQueue& queue, Segments& segments, SegmentFolder& folder, Storage& storage, const Clock& clock,
                     Options options, std::function<void()> on_progress)
    : queue_(queue),
      segments_(segments),
      folder_(folder),
      storage_(storage),
      clock_(clock),
      options_(options),
      on_progress_(std::move(on_progress)) {}

Status Committer::start(const LogEnd& end) {
  const auto newest = segments_.newest();
  if (newest == nullptr) {
    const Tail first = queue_.segment_behind(end_);
    CHECK_OK(folder_.prepare_spare(first.capacity, [] { return true; }));
    CHECK_OK(open_segment(first));
    queue_.accept(end_);
    return {};
  }
  path_ = newest->path;
  TRY(file_, open_file(path_, O_RDWR));
  fault_point("log.recovering");
  // A killed process may have left records that were never synced; nobody may see them before they are.
  CHECK_OK(storage_.sync(file_, path_));
  segments_.advance(end.offset, end.last);
  end_ = {newest->header.number, newest->header.salt, end.offset, newest->header.capacity, end.last + 1};
  needs_segment_ = end.doubtful_bytes > 0;
  if (needs_segment_) {
    log_warning("the log ends in an unfinished commit, which is left out",
                {{"file", path_}, {"offset", end.offset}, {"bytes", end.doubtful_bytes}});
  }
  if (auto resumed = resume(); !resumed.ok()) log_error("the log opens for reading only", {{"reason", stopped_->message}});
  return {};
}

void Committer::run() {
  name_thread("commit");
  constexpr std::chrono::hours kForever{1};
  // Ahead of whoever else wants the core: a busy query makes each sync wait for a timer tick otherwise.
  if (options_.realtime) raise_thread_to_realtime();
  CommitGroup group;
  while (!queue_.is_drained()) {
    if (queue_.take(group, stopped_ ? options_.retry_after : kForever)) {
      commit(group);
      group.clear();
    }
    if (stopped_ && std::chrono::steady_clock::now() >= retry_at_) retry();
  }
}

void Committer::commit(CommitGroup& group) {
  std::size_t answered = 0;
  if (!group.chunks.empty()) {
    if (auto space = check_space(); !space.ok()) return stop(space.error(), group, 0, answered);
  }
  for (const Chunk& chunk : group.chunks) {
    auto written = write(chunk, group.bytes.view(chunk.begin, chunk.end));
    if (!written.ok()) return stop(written.error(), group, chunk.begin, answered);
    queue_.settle(chunk.end - chunk.begin);
    answered = answer_durable(group, answered);
  }
  answer_durable(group, answered);
}

Status Committer::write(const Chunk& chunk, std::string_view bytes) {
  if (chunk.opens_segment) CHECK_OK(open_segment(chunk.start));
  needs_segment_ = true;  // until it turns out well
  fault_point("log.before_write");
  CHECK_OK(storage_.write(file_, bytes, chunk.start.offset, path_));
  fault_point("log.before_sync");
  CHECK_OK(sync());
  fault_point("log.after_sync");
  needs_segment_ = false;
  const std::uint64_t quarter = end_.capacity / 4;
  const bool passes_quarter = end_.offset < quarter && end_.offset + bytes.size() >= quarter;
  end_.offset += bytes.size();
  end_.next = chunk.last + 1;
  segments_.advance(end_.offset, chunk.last);
  if (passes_quarter) on_progress_();
  return {};
}

Status Committer::sync() {
  const auto begin = std::chrono::steady_clock::now();
  CHECK_OK(storage_.sync(file_, path_));
  const auto took = std::chrono::steady_clock::now() - begin;
  sync_micros_ += static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  ++commits_;
  return {};
}

std::size_t Committer::answer_durable(CommitGroup& group, std::size_t from) {
  for (; from < group.waiters.size(); ++from) {
    Waiter& waiter = group.waiters[from];
    if (waiter.answer.ok() && waiter.answer->last >= end_.next) break;
    waiter.done(waiter.answer);
  }
  return from;
}

Status Committer::open_segment(const Tail& start) {
  // Its file may get its name although this fails, and then it says that the log goes on there.
  needs_segment_ = true;
  fault_point("log.before_roll");
  const SegmentHeader header{start.segment, start.capacity, start.next,  start.salt,
                             end_.salt,     end_.offset,    clock_.now()};
  TRY(auto created, folder_.create(header));
  file_ = std::move(created.file);
  path_ = folder_.segment_path(header.number);
  end_ = start;
  segments_.add(std::make_shared<Segment>(header, path_, kHeaderBytes, created.prepared_bytes));
  needs_segment_ = false;
  on_progress_();
  return {};
}

Status Committer::check_space() const {
  const auto free = storage_.free_bytes(folder_.path());
  if (!free.ok() || *free >= options_.min_free_bytes) return {};
  return unavailable("only " + std::to_string(*free) + " bytes are free under " + folder_.path() + ", the log keeps " +
                     std::to_string(options_.min_free_bytes));
}

void Committer::stop(const Error& why, CommitGroup& group, std::size_t durable_bytes, std::size_t answered) {
  stopped_ = unavailable("the log cannot store events: " + why.message);
  retry_at_ = std::chrono::steady_clock::now() + options_.retry_after;
  log_error("the log refuses events until storage works again", {{"reason", why.message}});
  CommitGroup queued;
  queue_.refuse(*stopped_, queued);
  // What was written but not acknowledged must not turn up after a crash. If this fails too, the header of the next
  // segment still says where this one ends.
  if (needs_segment_ && file_.is_open()) static_cast<void>(storage_.truncate(file_, end_.offset, path_).ok());
  queue_.settle(group.bytes.size() - durable_bytes + queued.bytes.size());
  fail(group, answered, *stopped_);
  fail(queued, 0, *stopped_);
}

void Committer::retry() {
  retry_at_ = std::chrono::steady_clock::now() + options_.retry_after;
  if (resume().ok()) log_info("the log accepts events again", {{"position", end_.next}});
}

Status Committer::resume() {
  Status ready = check_space();
  if (ready.ok() && needs_segment_) ready = open_segment(queue_.segment_behind(end_));
  if (!ready.ok()) {
    stopped_ = unavailable("the log cannot store events: " + ready.error().message);
    return ready;
  }
  stopped_.reset();
  queue_.accept(end_);
  return {};
}

}  // namespace spectrum::log
