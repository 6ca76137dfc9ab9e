#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace spectrum::duckdb {

/// Stands for a key of a dimension: a project, a kind and a text. Two keys with the same 96 bits are taken to
/// be the same; for a thousand million keys the odds of that are 1 : 10^11, and nobody outside can aim at it
/// (see KeyHasher).
struct KeyHash {
  std::uint64_t low = 0;
  std::uint32_t high = 0;

  bool operator==(const KeyHash&) const = default;
};

/// Hashes with secrets that are drawn anew at each start.
class KeyHasher {
 public:
  KeyHasher();
  KeyHash operator()(std::int64_t project, std::string_view text, bool kind = false) const;

 private:
  std::uint64_t secrets_[4];
};

/// Numbers keys in the order in which they are first seen, from 1. Sixteen bytes a slot, two thirds of them
/// full at most.
class KeyMap {
 public:
  KeyMap() { clear(); }

  /// The key's number, and whether it is a new one.
  std::pair<std::uint32_t, bool> find_or_add(KeyHash key);
  /// Brings the key's slot towards the processor, for a `find_or_add` soon.
  void prefetch(KeyHash key) const { __builtin_prefetch(&slots_[key.low & mask_]); }
  /// Adds a key whose number is known; false when the key is there already.
  bool add(KeyHash key, std::uint32_t number);

  /// Makes room for so many keys at once.
  void reserve(std::uint64_t keys);
  std::uint32_t size() const { return size_; }
  void clear();

 private:
  struct Slot {
    std::uint64_t low;
    std::uint32_t high;
    std::uint32_t number;  ///< 0: free
  };
  Slot& slot_for(KeyHash key);
  void grow_to(std::uint64_t slots);

  std::vector<Slot> slots_;
  std::uint64_t mask_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace spectrum::duckdb
