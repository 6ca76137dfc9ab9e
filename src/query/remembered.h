#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/guarded.h"

namespace spectrum::query {

/// What earlier questions found, by what they asked about; so many bytes at most, what was asked for last. A value is
/// cheap to copy, what it shares never changes, and `reach()` says how far it goes: the furthest stays. Thread-safe.
template <typename Key, typename Value>
class Remembered {
 public:
  explicit Remembered(std::uint64_t memory_bytes) : memory_bytes_(memory_bytes) {}

  std::uint64_t memory_bytes() const { return memory_bytes_; }

  /// An empty one when nothing is remembered.
  Value find(const Key& key) {
    return memory_.with([&](Memory& memory) {
      const auto found = memory.entries.find(key);
      if (found == memory.entries.end()) return Value();
      found->second.last_use = ++memory.uses;
      return found->second.value;
    });
  }

  /// The key and the value take so many bytes.
  void keep(const Key& key, const Value& value, std::uint64_t bytes) {
    memory_.with([&](Memory& memory) {
      Entry& entry = memory.entries[key];
      entry.last_use = ++memory.uses;
      if (entry.value.reach() < value.reach()) {
        memory.bytes += bytes - entry.bytes;
        entry.value = value;
        entry.bytes = bytes;
      }
      while (memory.bytes > memory_bytes_) {
        const auto oldest = std::ranges::min_element(memory.entries, {}, [](const auto& one) { return one.second.last_use; });
        memory.bytes -= oldest->second.bytes;
        memory.entries.erase(oldest);
      }
    });
  }

 private:
  struct Entry {
    Value value;
    std::uint64_t bytes = 0;
    std::uint64_t last_use = 0;
  };
  struct Memory {
    std::map<Key, Entry> entries;
    std::uint64_t bytes = 0;
    std::uint64_t uses = 0;
  };

  const std::uint64_t memory_bytes_;
  Guarded<Memory> memory_;
};

}  // namespace spectrum::query
