#include "log/segments.h"

#include <algorithm>

namespace spectrum::log {
namespace {

std::uint64_t bytes_on_disk(const Segment& segment) { return std::max(segment.end(), segment.prepared_bytes); }

std::uint64_t sum_of_bytes(const std::deque<std::shared_ptr<Segment>>& segments) {
  std::uint64_t sum = 0;
  for (const auto& segment : segments) sum += bytes_on_disk(*segment);
  return sum;
}

}  // namespace

void Segments::add(std::shared_ptr<Segment> segment) {
  std::lock_guard lock(mutex_);
  last_ = segment->header.first - 1;
  segments_.push_back(std::move(segment));
  // Sealed only now: a reader that sees the seal finds the successor.
  if (segments_.size() > 1) segments_[segments_.size() - 2]->seal();
}

void Segments::advance(std::uint64_t end, model::Position last) {
  {
    std::lock_guard lock(mutex_);
    segments_.back()->advance(end);
    last_ = last;
  }
  advanced_.notify_all();
}

Result<std::shared_ptr<const Segment>> Segments::holding_next(model::Position after) const {
  std::lock_guard lock(mutex_);
  if (after > last_) {
    return corrupt("the log ends at position " + std::to_string(last_) + ", but " + std::to_string(after) +
                   " was read from it before: it lost records or belongs to another store");
  }
  const auto behind = std::upper_bound(segments_.begin(), segments_.end(), after + 1,
                                       [](auto position, const auto& segment) { return position < segment->header.first; });
  if (behind == segments_.begin()) {
    return not_found("the log's records behind position " + std::to_string(after) + " were released and are gone");
  }
  return std::shared_ptr<const Segment>(*std::prev(behind));
}

Result<std::shared_ptr<const Segment>> Segments::following(const Segment& segment) const {
  std::lock_guard lock(mutex_);
  const std::uint64_t wanted = segment.header.number + 1;
  const std::uint64_t oldest = segments_.front()->header.number;
  if (wanted < oldest) return not_found("the log segment behind " + segment.path + " was released and is gone");
  SPECTRUM_ASSERT(wanted - oldest < segments_.size(), "only a sealed segment has a successor");
  return std::shared_ptr<const Segment>(segments_[wanted - oldest]);
}

std::shared_ptr<const Segment> Segments::newest() const {
  std::lock_guard lock(mutex_);
  return segments_.empty() ? nullptr : segments_.back();
}

std::shared_ptr<Segment> Segments::take_oldest(const Retention& retention) {
  std::lock_guard lock(mutex_);
  if (segments_.size() < 2) return nullptr;
  const SegmentHeader& successor = segments_[1]->header;
  const bool was_released = successor.first <= retention.released + 1;
  const bool is_too_old = successor.created_at < retention.keep_since;
  if (!was_released || !(is_too_old || sum_of_bytes(segments_) > retention.keep_bytes)) return nullptr;
  auto oldest = std::move(segments_.front());
  segments_.pop_front();
  return oldest;
}

bool Segments::wait_beyond(model::Position after, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return advanced_.wait_for(lock, timeout, [&] { return last_ > after; });
}

model::Position Segments::first() const {
  std::lock_guard lock(mutex_);
  const model::Position first = segments_.front()->header.first;
  return first <= last_ ? first : 0;
}

model::Position Segments::last() const {
  std::lock_guard lock(mutex_);
  return last_;
}

std::uint64_t Segments::bytes() const {
  std::lock_guard lock(mutex_);
  return sum_of_bytes(segments_);
}

}  // namespace spectrum::log
