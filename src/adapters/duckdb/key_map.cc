#include "adapters/duckdb/key_map.h"

#include <bit>
#include <cstring>
#include <random>

namespace spectrum::duckdb {
namespace {

/// Both halves of a 128-bit product, folded.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t read_word(const char* bytes, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, size < 8 ? size : 8);
  return word;
}

}  // namespace

KeyHasher::KeyHasher() {
  std::random_device device;
  for (auto& secret : secrets_) secret = (std::uint64_t{device()} << 32 | device()) | 1;
}

KeyHash KeyHasher::operator()(std::int64_t project, std::string_view text, bool kind) const {
  std::uint64_t first = secrets_[0] ^ static_cast<std::uint64_t>(project);
  std::uint64_t second = secrets_[1] ^ (text.size() << 1 | kind);
  const char* bytes = text.data();
  for (std::size_t left = text.size(); left > 0;) {
    const std::uint64_t a = read_word(bytes, left);
    const std::uint64_t b = left > 8 ? read_word(bytes + 8, left - 8) : 0;
    first = fold(first ^ a, secrets_[2] ^ b);
    second = fold(second ^ b, secrets_[3] ^ a) + first;
    const std::size_t step = left < 16 ? left : 16;
    bytes += step;
    left -= step;
  }
  const std::uint64_t low = fold(first ^ secrets_[3], second ^ secrets_[2]);
  const std::uint64_t high = fold(second ^ secrets_[0], first ^ secrets_[1]);
  return {low, static_cast<std::uint32_t>(high >> 32)};
}

void KeyMap::clear() {
  slots_.assign(1024, Slot{});
  mask_ = slots_.size() - 1;
  size_ = 0;
}

KeyMap::Slot& KeyMap::slot_for(KeyHash key) {
  std::uint64_t at = key.low & mask_;
  while (slots_[at].number != 0 && !(slots_[at].low == key.low && slots_[at].high == key.high))
    at = (at + 1) & mask_;
  return slots_[at];
}

std::pair<std::uint32_t, bool> KeyMap::find_or_add(KeyHash key) {
  Slot& slot = slot_for(key);
  if (slot.number != 0) return {slot.number, false};
  slot = {key.low, key.high, ++size_};
  const std::uint32_t number = size_;
  if (std::uint64_t{size_} * 3 > slots_.size() * 2) grow_to(slots_.size() * 2);
  return {number, true};
}

bool KeyMap::add(KeyHash key, std::uint32_t number) {
  Slot& slot = slot_for(key);
  if (slot.number != 0) return false;
  slot = {key.low, key.high, number};
  ++size_;
  if (std::uint64_t{size_} * 3 > slots_.size() * 2) grow_to(slots_.size() * 2);
  return true;
}

void KeyMap::reserve(std::uint64_t keys) {
  if (keys * 3 > slots_.size() * 2) grow_to(std::bit_ceil(keys * 3 / 2 + 1));
}

void KeyMap::grow_to(std::uint64_t slots) {
  std::vector<Slot> old(slots, Slot{});
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.number != 0) slot_for({slot.low, slot.high}) = slot;
  }
}

}  // namespace spectrum::duckdb
