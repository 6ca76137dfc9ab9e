#include "log/commit_queue.h"

#include <algorithm>
#include <numeric>

namespace spectrum::log {
namespace {

constexpr std::size_t kKeptBufferBytes = 16 << 20;
constexpr std::uint64_t kFirstSegmentBytes = 4 << 20;
/// So much is worth a commit of its own, whatever else is on its way: the next appends are worked on while it is synced.
constexpr std::size_t kRipeBytes = 256 << 10;
constexpr std::size_t kRipeAppends = 32;

std::size_t framed_bytes(const ports::RecordBatch& batch) {
  return batch.bytes.size() + kFrameHeaderBytes * batch.sizes.size();
}

}  // namespace

char* FrameBuffer::extend(std::size_t bytes) {
  if (size_ + bytes > capacity_) {
    capacity_ = std::max(size_ + bytes, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
  }
  char* at = bytes_.get() + size_;
  size_ += bytes;
  return at;
}

void FrameBuffer::clear() {
  size_ = 0;
  if (capacity_ <= kKeptBufferBytes) return;
  bytes_.reset();
  capacity_ = 0;
}

void CommitGroup::clear() {
  bytes.clear();
  chunks.clear();
  waiters.clear();
}

CommitQueue::CommitQueue(Limits limits)
    : limits_(limits), refusing_(unavailable("the log is starting")), salts_(std::random_device{}()) {}

void CommitQueue::append(const ports::RecordBatch& batch, ports::EventLog::Done done) {
  SPECTRUM_ASSERT(std::accumulate(batch.sizes.begin(), batch.sizes.end(), std::size_t{0}) == batch.bytes.size(),
                  "a batch's sizes add up to its bytes");
  std::unique_lock lock(mutex_);
  if (closed_) {
    lock.unlock();
    return done(unavailable("the log is closed"));
  }
  const bool was_ripe = is_ripe();
  if (auto why = refusal(batch)) {
    filling_.waiters.push_back({std::move(*why), std::move(done)});
  } else {
    filling_.waiters.push_back({frame(batch), std::move(done)});
  }
  const bool wakes = !was_ripe && is_ripe();
  lock.unlock();
  if (wakes) arrived_.notify_one();
}

bool CommitQueue::is_ripe() const {
  if (corks_ == 0) return !filling_.waiters.empty();
  return filling_.bytes.size() >= kRipeBytes || filling_.waiters.size() >= kRipeAppends;
}

void CommitQueue::cork() {
  const std::lock_guard lock(mutex_);
  ++corks_;
}

void CommitQueue::uncork() {
  std::unique_lock lock(mutex_);
  const bool was_ripe = is_ripe();
  --corks_;
  const bool wakes = !was_ripe && is_ripe();
  lock.unlock();
  if (wakes) arrived_.notify_one();
}

std::optional<Error> CommitQueue::refusal(const ports::RecordBatch& batch) const {
  if (refusing_) return refusing_;
  const auto largest = std::max_element(batch.sizes.begin(), batch.sizes.end());
  if (largest != batch.sizes.end() && *largest > kMaxRecordBytes) {
    return invalid("a record of " + std::to_string(*largest) + " bytes is larger than the log takes, " +
                   std::to_string(kMaxRecordBytes));
  }
  if (pending_bytes_ > 0 && pending_bytes_ + framed_bytes(batch) > limits_.max_pending_bytes) {
    return unavailable("too much waits for the disk: " + std::to_string(pending_bytes_) + " bytes");
  }
  return std::nullopt;
}

ports::Appended CommitQueue::frame(const ports::RecordBatch& batch) {
  const ports::Appended positions{tail_.next, tail_.next + batch.sizes.size() - 1};
  if (batch.empty()) return positions;
  std::size_t at = filling_.bytes.size();
  char* to = filling_.bytes.extend(framed_bytes(batch));
  if (filling_.chunks.empty()) begin_chunk(at, false);
  const char* payload = batch.bytes.data();
  for (const std::uint32_t size : batch.sizes) {
    const std::size_t frame_bytes = kFrameHeaderBytes + size;
    if (tail_.offset + frame_bytes > tail_.capacity) {
      tail_ = segment_behind(tail_, frame_bytes);
      begin_chunk(at, true);
    }
    Chunk& chunk = filling_.chunks.back();
    std::uint32_t word = size;
    if (chunk.begin == chunk.end) word |= kCommitStart;
    if (tail_.next == positions.last) word |= kBatchEnd;
    to = put_frame(to, tail_.salt, word, tail_.next, {payload, size});
    payload += size;
    at += frame_bytes;
    tail_.offset += frame_bytes;
    chunk.end = at;
    chunk.last = tail_.next++;
  }
  pending_bytes_ += framed_bytes(batch);
  return positions;
}

void CommitQueue::begin_chunk(std::size_t at, bool opens_segment) {
  filling_.chunks.push_back({at, at, tail_, tail_.next - 1, opens_segment});
}

Tail CommitQueue::segment_behind(const Tail& tail, std::size_t frame_bytes) {
  const std::uint64_t capacity = std::max(capacity_behind(tail.capacity), kHeaderBytes + frame_bytes);
  return {tail.segment + 1, static_cast<std::uint32_t>(salts_()), kHeaderBytes, capacity, tail.next};
}

std::uint64_t CommitQueue::capacity_behind(std::uint64_t capacity) const {
  return std::min(limits_.segment_bytes, std::max(kFirstSegmentBytes, 2 * capacity));
}

bool CommitQueue::take(CommitGroup& group, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, patience, [&] { return closed_ || is_ripe(); });
  if (filling_.waiters.empty()) return false;
  std::swap(group, filling_);
  return true;
}

void CommitQueue::settle(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  pending_bytes_ -= bytes;
}

void CommitQueue::refuse(const Error& why, CommitGroup& group) {
  std::lock_guard lock(mutex_);
  refusing_ = why;
  std::swap(group, filling_);
}

void CommitQueue::accept(const Tail& tail) {
  std::lock_guard lock(mutex_);
  tail_ = tail;
  refusing_.reset();
}

bool CommitQueue::is_accepting() const {
  std::lock_guard lock(mutex_);
  return !refusing_ && !closed_;
}

void CommitQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_one();
}

bool CommitQueue::is_drained() const {
  std::lock_guard lock(mutex_);
  return closed_ && filling_.waiters.empty();
}

std::uint64_t CommitQueue::pending_bytes() const {
  std::lock_guard lock(mutex_);
  return pending_bytes_;
}

}  // namespace spectrum::log
