#include "base/uuid.h"

#include <random>

namespace spectrum {
namespace {

constexpr std::uint64_t kVersionMask = 0xF000;
constexpr std::uint64_t kVariantMask = 0xC000'0000'0000'0000;
constexpr std::uint64_t kVariant = 0x8000'0000'0000'0000;

Id128 stamp(Id128 bits, std::uint64_t version) {
  return {(bits.high & ~kVersionMask) | version << 12, (bits.low & ~kVariantMask) | kVariant};
}

struct HexTable {
  std::array<std::uint8_t, 256> value{};
  constexpr HexTable() {
    value.fill(0xFF);
    for (unsigned i = 0; i < 10; ++i) value['0' + i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 0; i < 6; ++i) value['a' + i] = static_cast<std::uint8_t>(10 + i);
  }
};
constexpr HexTable kHex;

}  // namespace

std::optional<Id128> parse_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  std::uint64_t halves[2] = {0, 0};
  std::uint8_t bad = 0;
  const auto read = [&](std::size_t from, std::size_t until, std::uint64_t& half) {
    for (std::size_t i = from; i < until; ++i) {
      const std::uint8_t digit = kHex.value[static_cast<unsigned char>(text[i])];
      bad |= digit;
      half = half << 4 | (digit & 15u);
    }
  };
  read(0, 8, halves[0]);
  read(9, 13, halves[0]);
  read(14, 18, halves[0]);
  read(19, 23, halves[1]);
  read(24, 36, halves[1]);
  if (bad & 0x80) return std::nullopt;
  return Id128{halves[0], halves[1]};
}

void append_uuid(std::string& out, Id128 id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    const std::uint64_t half = i < 16 ? id.high : id.low;
    out += kDigits[half >> (60 - 4 * (i & 15)) & 15];
  }
}

Id128 as_uuid8(Id128 bits) { return stamp(bits, 8); }

Id128 as_uuid7(Timestamp time, Id128 random) {
  const auto millis = static_cast<std::uint64_t>(to_micros(time) / 1000);
  return stamp({millis << 16 | (random.high & 0xFFF), random.low}, 7);
}

Uuid7Generator::Uuid7Generator() {
  std::random_device device;
  for (auto& word : state_) word = std::uint64_t{device()} << 32 | device();
}

/// xoshiro256** (Blackman, Vigna 2018).
std::uint64_t Uuid7Generator::random() {
  const auto rotate = [](std::uint64_t x, int k) { return x << k | x >> (64 - k); };
  const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate(state_[3], 45);
  return result;
}

Id128 Uuid7Generator::next(Timestamp now) {
  const std::uint64_t high = random();
  return as_uuid7(now, {high, random()});
}

}  // namespace spectrum
