#include "load/loader.h"

#include <algorithm>
#include <utility>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/this_thread.h"

namespace spectrum::load {
namespace {

/// How long a wait for new records may keep the thread from seeing a stop.
constexpr std::chrono::milliseconds kPatience{100};

/// A record's bytes go into the warehouse's file, and a checkpoint writes anew what it frees only afterwards.
constexpr std::uint64_t kWrittenForOne = 2;

std::uint64_t bytes_of(std::span<const ports::StoredRecord> records) {
  std::uint64_t bytes = 0;
  for (const auto& record : records) bytes += record.bytes.size();
  return bytes;
}

bool may_pass(const Error& error) { return error.code == Errc::limited || error.code == Errc::unavailable; }

}  // namespace

Loader::Loader(LoaderPorts ports, LoaderOptions options)
    : ports_(std::move(ports)),
      options_(options),
      checkpointer_(ports_.warehouse, ports_.room, options.checkpoint) {}

Loader::~Loader() { stop(); }

void Loader::start() {
  publish([](LoaderStatus& status) { status = {.state = LoaderState::rebuilding}; });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Loader::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  {
    std::unique_lock lock(mutex_);
    const auto is_past_restoring = [&] { return published_.state != LoaderState::rebuilding; };
    while (!changed_.wait_for(lock, kPatience, is_past_restoring)) {
      lock.unlock();
      ports_.warehouse.interrupt();
      lock.lock();
    }
  }
  thread_.join();
}

void Loader::publish(const std::function<void(LoaderStatus&)>& change) {
  {
    std::lock_guard lock(mutex_);
    change(published_);
  }
  changed_.notify_all();
}

model::Position Loader::position() const {
  std::lock_guard lock(mutex_);
  return published_.position;
}

LoaderStatus Loader::status() const {
  LoaderStatus status;
  {
    std::lock_guard lock(mutex_);
    status = published_;
  }
  status.log_last = std::max(status.position, ports_.log.stats().last);
  return status;
}

bool Loader::wait_until(model::Position position, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto is_there = [&] { return published_.position >= position; };
  if (is_there()) return true;
  ++waiting_;
  changed_.notify_all();
  changed_.wait_for(lock, timeout, [&] {
    return is_there() || published_.state == LoaderState::failed || published_.state == LoaderState::stopped;
  });
  --waiting_;
  return is_there();
}

bool Loader::wait_until_running(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return published_.state != LoaderState::rebuilding; });
  return published_.state == LoaderState::running;
}

void Loader::rest(const std::stop_token& stop, std::chrono::milliseconds time, bool until_somebody_waits) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, time, [&] { return until_somebody_waits && waiting_ > 0; });
}

void Loader::run(const std::stop_token& stop) {
  name_thread("load");
  if (!options_.is_bulk) lower_thread_priority();
  Status done = prepare();
  if (done.ok()) done = follow(stop);
  if (stop.stop_requested() && status().state == LoaderState::rebuilding) done = {};  // It was given up.
  if (done.ok()) return publish([](LoaderStatus& status) { status.state = LoaderState::stopped; });

  log_error("loading stopped", {{"reason", done.error().message}});
  publish([&](LoaderStatus& status) {
    status.state = LoaderState::failed;
    status.message = done.error().message;
  });
  if (ports_.on_failure) ports_.on_failure(done.error());
}

Status Loader::prepare() {
  if (ports_.restore) {
    CHECK_OK(ports_.restore([this](std::uint64_t done, std::uint64_t total) {
      publish([&](LoaderStatus& status) {
        status.rows_done = done;
        status.rows_total = total;
      });
    }));
  }
  TRY(const model::Position cursor, ports_.warehouse.cursor());
  const model::Position last = ports_.log.stats().last;
  if (cursor > last) {
    return corrupt("the warehouse holds records up to " + std::to_string(cursor) +
                   ", but the event log ends at " + std::to_string(last) +
                   ": records were lost with the log's folder, or it is another one");
  }
  last_at_start_ = last;
  publish_loaded(cursor, [&](LoaderStatus& status) { status.rows_total = last - cursor; });
  return {};
}

/// Questions wait for what was there at the start, so that no number is lower after a crash than before it.
void Loader::publish_loaded(model::Position position, const std::function<void(LoaderStatus&)>& change) {
  publish([&](LoaderStatus& status) {
    change(status);
    const bool is_there = position >= last_at_start_;
    if (status.state == LoaderState::rebuilding) {
      status.rows_done = status.rows_total - (is_there ? 0 : last_at_start_ - position);
      if (is_there) status.state = LoaderState::running;
    }
    status.position = position;
  });
}

Status Loader::follow(const std::stop_token& stop) {
  TRY(const auto reader, ports_.log.read_after(position()));
  for (const auto& property : options_.promote) CHECK_OK(promote(property));
  while (!stop.stop_requested()) {
    if (should_gather()) {
      rest(stop, kPatience, true);
      continue;
    }
    TRY(auto records, reader->next(options_.max_batch_bytes));
    CHECK_OK(promote_wanted());
    TRY(const bool fills, fill_promoted());
    if (records.empty()) {
      if (fills) continue;
      CHECK_OK(checkpointer_.idle());
      // A question may have found that the warehouse's storage failed.
      TRY([[maybe_unused]] const model::Position cursor, ports_.warehouse.cursor());
      ports_.log.wait_beyond(position(), kPatience);
      continue;
    }
    const bool was_behind = records.size() > options_.max_batch_records / 2;
    while (!records.empty() && !stop.stop_requested()) {
      TRY(const std::size_t loaded, load_some(records, stop));
      records = records.subspan(loaded);
    }
    if (!was_behind) rest(stop, options_.pause, true);
  }
  return {};
}

Status Loader::promote(const std::string& property) {
  const std::size_t before = ports_.warehouse.promoted().size();
  CHECK_OK(ports_.warehouse.promote(property));
  has_new_columns_ |= ports_.warehouse.promoted().size() > before;
  return {};
}

/// What cannot be promoted now is wanted again when it is asked for as often once more.
Status Loader::promote_wanted() {
  if (!ports_.wanted) return {};
  const auto wanted = ports_.wanted();
  if (!wanted) {
    log_warning("no property is promoted now", {{"reason", wanted.error().message}});
    return {};
  }
  for (const auto& property : *wanted) {
    const Status promoted = promote(property);
    if (promoted.ok() || promoted.error().code != Errc::conflict) {
      CHECK_OK(promoted);
      continue;
    }
    log_warning("a property is not promoted now", {{"property", property}, {"reason", promoted.error().message}});
  }
  return {};
}

/// A step between two batches; false: there was none to take. A crash must not take columns once they are full: nobody
/// may ask for the property so often again.
Result<bool> Loader::fill_promoted() {
  TRY(const bool filled, ports_.warehouse.fill_promoted());
  if (filled) {
    CHECK_OK(checkpointer_.loaded());
  } else if (std::exchange(has_new_columns_, false)) {
    CHECK_OK(checkpointer_.checkpoint());
  }
  return filled;
}

bool Loader::should_gather() const {
  if (!options_.is_bulk) return false;
  const std::lock_guard lock(mutex_);
  return waiting_ == 0 && ports_.log.stats().last - published_.position < options_.max_batch_records;
}

/// Loads the first records, as many as the disk has room for, and says how many.
Result<std::size_t> Loader::load_some(std::span<const ports::StoredRecord> records, const std::stop_token& stop) {
  const auto room_for = [&](std::size_t count) {
    return ports_.room ? ports_.room(kWrittenForOne * bytes_of(records.first(count))) : Status();
  };
  std::size_t count = std::min(records.size(), options_.max_batch_records);
  while (count > 1 && !room_for(count).ok()) count /= 2;
  CHECK_OK(persistently(stop, [&] { return room_for(count); }));
  if (!stop.stop_requested()) CHECK_OK(load(records.first(count), stop));
  return count;
}

Status Loader::load(std::span<const ports::StoredRecord> records, const std::stop_token& stop) {
  CHECK_OK(batch_.read(records));
  if (!batch_.rejections().empty() || !batch_.replayed().empty()) {
    CHECK_OK(
        persistently(stop, [&] { return ports_.rejections.keep(batch_.rejections(), batch_.replayed()); }));
  }
  if (stop.stop_requested()) return {};

  fault_point("load.before_commit");
  TRY(const auto loaded, ports_.warehouse.load(batch_.facts(ports_.deduplicated_since())));
  fault_point("load.after_commit");
  publish_loaded(records.back().position, [&](LoaderStatus& status) {
    status.complete_until = batch_.received_until();
    ++status.batches;
    status.refused += loaded.duplicates;
  });
  return checkpointer_.loaded();
}

Status Loader::persistently(const std::stop_token& stop, const std::function<Status()>& attempt) {
  for (bool has_waited = false;; has_waited = true) {
    Status done = attempt();
    if (done.ok() && has_waited) log_info("loading goes on");
    if (done.ok() || !may_pass(done.error())) return done;
    if (stop.stop_requested()) return {};
    if (!has_waited) {
      log_warning("loading waits", {{"reason", done.error().message}});
      // Old numbers are better than none.
      publish([](LoaderStatus& status) { status.state = LoaderState::running; });
    }
    rest(stop, options_.retry, false);
  }
}

}  // namespace spectrum::load
