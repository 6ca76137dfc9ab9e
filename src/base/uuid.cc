#include "base/uuid.h"

#include <cstring>
#include <random>

#include "base/bytes.h"

namespace spectrum {
namespace {

constexpr std::uint64_t kVersionMask = 0xF000;
constexpr std::uint64_t kVariantMask = 0xC000'0000'0000'0000;
constexpr std::uint64_t kVariant = 0x8000'0000'0000'0000;

Id128 stamp(Id128 bits, std::uint64_t version) {
  return {(bits.high & ~kVersionMask) | version << 12, (bits.low & ~kVariantMask) | kVariant};
}

/// Hexadecimal digits, lower case, of a value below 16 in each byte.
std::uint64_t digits_of(std::uint64_t values) {
  const std::uint64_t letters = (values + each_byte(6)) >> 4 & each_byte(1);
  return values + each_byte('0') + letters * ('a' - '0' - 10);
}

/// The eight digits of 32 bits at once: a byte for each, the first one lowest.
std::uint64_t write_hex(std::uint64_t value) {
  value = (value | value << 16) & 0x0000'FFFF'0000'FFFF;
  value = (value | value << 8) & 0x00FF'00FF'00FF'00FF;
  value = (value | value << 4) & each_byte(0x0F);
  return digits_of(__builtin_bswap64(value));
}

/// The other way. Clears `fine` for anything else than digits.
std::uint64_t read_hex(std::uint64_t digits, bool& fine) {
  std::uint64_t values = (digits & each_byte(0x0F)) + (digits >> 6 & each_byte(1)) * 9;
  // Written again from its value, a digit is itself; nothing else is.
  fine &= digits_of(values) == digits && (values & each_byte(0xF0)) == 0;
  values = __builtin_bswap64(values);
  values = (values | values >> 4) & 0x00FF'00FF'00FF'00FF;
  values = (values | values >> 8) & 0x0000'FFFF'0000'FFFF;
  return (values | values >> 16) & 0xFFFF'FFFF;
}

template <typename Word>
std::uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

std::optional<Id128> parse_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  const char* const at = text.data();
  const auto four_and_four = [at](std::size_t first, std::size_t second) {
    return load<std::uint32_t>(at + first) | load<std::uint32_t>(at + second) << 32;
  };
  bool fine = true;
  const std::uint64_t high = read_hex(load<std::uint64_t>(at), fine) << 32 | read_hex(four_and_four(9, 14), fine);
  const std::uint64_t low = read_hex(four_and_four(19, 24), fine) << 32 | read_hex(load<std::uint64_t>(at + 28), fine);
  if (!fine) return std::nullopt;
  return Id128{high, low};
}

void append_uuid(std::string& out, Id128 id) {
  char text[36];
  const auto eight = [&text](std::size_t first, std::size_t second, std::uint64_t value) {
    const std::uint64_t digits = write_hex(value & 0xFFFF'FFFF);
    std::memcpy(text + first, &digits, 4);
    std::memcpy(text + second, reinterpret_cast<const char*>(&digits) + 4, 4);
  };
  eight(0, 4, id.high >> 32);
  eight(9, 14, id.high);
  eight(19, 24, id.low >> 32);
  eight(28, 32, id.low);
  text[8] = text[13] = text[18] = text[23] = '-';
  out.append(text, sizeof text);
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
