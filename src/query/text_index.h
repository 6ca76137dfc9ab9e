#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace spectrum::query {

/// Numbers texts from 0 in the order in which they are added. Made for texts that are looked up millions of times.
class TextIndex {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// The number of a text; kNone when it was not added.
  std::uint32_t find(std::string_view text) const { return slots_[slot_of(text)].number; }

  std::uint32_t add(std::string_view text) {
    if (const auto number = find(text); number != kNone) return number;
    texts_.emplace_back(text);
    if (texts_.size() * 4 > slots_.size()) {
      slots_.assign(slots_.size() * 2, {});
      for (std::uint32_t number = 0; number + 1 < texts_.size(); ++number) put(texts_[number], number);
    }
    const auto number = static_cast<std::uint32_t>(texts_.size() - 1);
    put(text, number);
    return number;
  }

  const std::string& operator[](std::size_t number) const { return texts_[number]; }
  std::size_t size() const { return texts_.size(); }

 private:
  static constexpr std::size_t kWhole = 16;

  /// The first and the last eight bytes of a text: all of it up to kWhole bytes.
  struct Ends {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool operator==(const Ends&) const = default;
  };
  struct Slot {
    Ends ends;
    std::uint32_t size = 0;
    std::uint32_t number = kNone;
  };

  template <typename Word>
  static Word load(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  static Ends ends_of(std::string_view text) {
    const char* const end = text.data() + text.size();
    if (text.size() >= 8) return {load<std::uint64_t>(text.data()), load<std::uint64_t>(end - 8)};
    if (text.size() >= 4) return {load<std::uint32_t>(text.data()), load<std::uint32_t>(end - 4)};
    Ends ends;
    for (const char c : text) ends.first = ends.first << 8 | static_cast<unsigned char>(c);
    return ends;
  }
  static std::size_t hash(const Ends& ends, std::string_view text) {
    std::uint64_t hash = (ends.first ^ text.size()) * 0x9E3779B97F4A7C15u ^ ends.last;
    for (std::size_t at = 8; at + kWhole < text.size(); at += 8) {
      hash = hash * 0xD6E8FEB86659FD93u ^ load<std::uint64_t>(text.data() + at) ^ hash >> 32;
    }
    hash *= 0xC2B2AE3D27D4EB4Fu;
    return hash ^ hash >> 29;
  }

  /// Where a text is, or where it belongs.
  std::size_t slot_of(std::string_view text) const {
    const Ends ends = ends_of(text);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash(ends, text) & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone) return at;
      if (slot.ends != ends || slot.size != text.size()) continue;
      if (text.size() <= kWhole || texts_[slot.number] == text) return at;
    }
  }
  void put(std::string_view text, std::uint32_t number) {
    slots_[slot_of(text)] = {ends_of(text), static_cast<std::uint32_t>(text.size()), number};
  }

  std::vector<std::string> texts_;
  std::vector<Slot> slots_ = std::vector<Slot>(64);
};

}  // namespace spectrum::query
