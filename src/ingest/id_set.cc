#include "ingest/id_set.h"

#include <algorithm>
#include <bit>


namespace spectrum::ingest {
namespace {

constexpr std::size_t kSmallest = 1u << 14;
constexpr std::size_t kLargest = 1u << 24;
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kSlotsPerMove = 8;

// Two values that mark slots; an id that equals one of them is moved aside (see `key_of`).
constexpr Id128 kEmpty{0, 0};
constexpr Id128 kErased{~std::uint64_t{0}, ~std::uint64_t{0}};

Id128 key_of(Id128 id) { return id == kEmpty || id == kErased ? Id128{1, id.low ^ 0x5EED} : id; }

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ull;
  x ^= x >> 32;
  return x;
}

}  // namespace

std::size_t IdSet::Generation::start_of(Id128 id) const { return mix(id.low ^ id.high * 0x9E3779B97F4A7C15ull) & mask; }

Id128* IdSet::Generation::find(Id128 id) const {
  for (std::size_t i = start_of(id);; i = (i + 1) & mask) {
    if (slots[i] == id) return &slots[i];
    if (slots[i] == kEmpty) return nullptr;
  }
}

IdSet::IdSet(std::size_t expected) {
  add_generation(std::clamp(std::bit_ceil(expected + expected / 2), kSmallest, kLargest));
}

void IdSet::add_generation(std::size_t capacity) {
  generations_.push_back({HugeArray<Id128>(capacity), capacity - 1});
}

void IdSet::prefetch(Id128 id) const {
  id = key_of(id);
  for (const auto& generation : generations_) __builtin_prefetch(&generation.slots[generation.start_of(id)], 1);
}

bool IdSet::contains(Id128 id) const {
  id = key_of(id);
  return std::any_of(generations_.begin(), generations_.end(),
                     [id](const Generation& generation) { return generation.find(id) != nullptr; });
}

bool IdSet::insert(Id128 id, Timestamp seen_at) {
  id = key_of(id);
  if (generations_.back().used >= (generations_.back().mask + 1) / 4 * 3) {
    add_generation(std::min((generations_.back().mask + 1) * kGrowth, kLargest));
  }
  for (std::size_t i = 0; i + 1 < generations_.size(); ++i) {
    if (generations_[i].find(id)) return false;
  }
  if (!generations_.back().put(id)) return false;
  generations_.back().newest = std::max(generations_.back().newest, seen_at);
  if (generations_.size() > 1) move_some();
  return true;
}

bool IdSet::Generation::put(Id128 id) {
  std::size_t i = start_of(id);
  for (; !(slots[i] == kEmpty); i = (i + 1) & mask) {
    if (slots[i] == id) return false;
  }
  slots[i] = id;
  ++used;
  ++live;
  return true;
}

/// Moves the oldest generation's next slots. A moved id stays in its old slot, so that chains across it hold; it is
/// equal in both places, and only the newest counts.
void IdSet::move_some() {
  Generation& oldest = generations_.front();
  Generation& newest = generations_.back();
  if (oldest.mask == newest.mask) return;
  for (std::size_t i = 0; i < kSlotsPerMove && oldest.moved <= oldest.mask; ++i, ++oldest.moved) {
    const Id128 id = oldest.slots[oldest.moved];
    // Each move misses the cache; the next call's fetch now what they will.
    const Id128 next = oldest.slots[(oldest.moved + kSlotsPerMove) & oldest.mask];
    __builtin_prefetch(&newest.slots[newest.start_of(next)], 1);
    if (id == kEmpty || id == kErased) continue;
    newest.put(id);
    --oldest.live;
  }
  newest.newest = std::max(newest.newest, oldest.newest);
  if (oldest.moved > oldest.mask) generations_.erase(generations_.begin());
}

void IdSet::erase(Id128 id) {
  id = key_of(id);
  for (auto& generation : generations_) {
    Id128* const slot = generation.find(id);
    if (!slot) continue;
    const bool was_moved = static_cast<std::size_t>(slot - generation.slots.begin()) < generation.moved;
    *slot = kErased;
    if (!was_moved) --generation.live;
  }
}

void IdSet::forget_before(Timestamp since) {
  const auto is_old = [since](const Generation& generation) { return generation.newest < since; };
  std::erase_if(generations_, is_old);
  if (generations_.empty()) add_generation(kSmallest);
}

std::size_t IdSet::size() const {
  std::size_t ids = 0;
  for (const auto& generation : generations_) ids += generation.live;
  return ids;
}

std::size_t IdSet::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& generation : generations_) bytes += (generation.mask + 1) * sizeof(Id128);
  return bytes;
}

}  // namespace spectrum::ingest
