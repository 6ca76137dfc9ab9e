#include "log/upkeep.h"

#include <algorithm>

#include "base/log.h"

namespace spectrum::log {

Upkeep::Upkeep(Segments& segments, SegmentFolder& folder, Storage& storage, const CommitQueue& queue, const Clock& clock,
               Options options)
    : segments_(segments), folder_(folder), storage_(storage), queue_(queue), clock_(clock), options_(options) {}

void Upkeep::run(const std::stop_token& stop) {
  constexpr std::chrono::seconds kPeriod{10};
  do {
    if (auto retired = retire_old(); !retired.ok()) {
      log_warning("cannot take away a released log segment", {{"reason", retired.error().message}});
    }
    if (auto prepared = prepare_next(stop); !prepared.ok()) {
      log_warning("cannot prepare a log segment", {{"reason", prepared.error().message}});
    }
  } while (!wait(stop, kPeriod, true));
}

void Upkeep::wake() {
  {
    std::lock_guard lock(mutex_);
    has_work_ = true;
  }
  woken_.notify_one();
}

void Upkeep::release(model::Position until) {
  {
    std::lock_guard lock(mutex_);
    released_ = std::max(released_, until);
  }
  wake();
}

bool Upkeep::wait(const std::stop_token& stop, std::chrono::milliseconds time, bool for_work) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, stop, time, [&] { return for_work && has_work_; });
  if (for_work) has_work_ = false;
  return stop.stop_requested();
}

Status Upkeep::retire_old() {
  Retention retention{0, options_.keep_bytes, clock_.now() - options_.keep_age};
  {
    std::lock_guard lock(mutex_);
    retention.released = released_;
  }
  while (const auto oldest = segments_.take_oldest(retention)) {
    // Off the list it gets no new readers; one that has it goes on reading the removed file.
    const bool is_unread = oldest.use_count() == 1;
    const bool recycle = is_unread && oldest->prepared_bytes == options_.segment_bytes &&
                         folder_.spares(options_.segment_bytes) < options_.spare_segments;
    CHECK_OK(folder_.retire(*oldest, recycle));
  }
  return {};
}

Status Upkeep::prepare_next(const std::stop_token& stop) {
  const auto newest = segments_.newest();
  const std::uint64_t capacity = newest->header.capacity;
  const std::uint64_t next = queue_.capacity_behind(capacity);
  CHECK_OK(folder_.remove_other_spares(next, options_.segment_bytes));
  const bool is_due = newest->end() >= capacity / 4 && folder_.spares(next) == 0 && has_room_for(2 * next);
  if (!is_due) return {};
  // Slower than it could be, as long as it is not needed soon: commits come first on the disk. They may also need the
  // room, or be past this size by then.
  constexpr std::chrono::milliseconds kPause{5};
  return folder_.prepare_spare(next, [&] {
    const bool is_needed_soon = newest->end() >= capacity / 2;
    return !wait(stop, is_needed_soon ? std::chrono::milliseconds{0} : kPause, false) && has_room_for(next) &&
           queue_.capacity_behind(segments_.newest()->header.capacity) == next;
  });
}

bool Upkeep::has_room_for(std::uint64_t bytes) const {
  const auto free = storage_.free_bytes(folder_.path());
  return free.ok() && *free >= options_.min_free_bytes + bytes;
}

}  // namespace spectrum::log
