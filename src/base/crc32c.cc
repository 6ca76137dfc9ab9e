#include "base/crc32c.h"

#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#include <arm_neon.h>
#else
#error "CRC-32C needs SSE4.2 or the ARMv8 CRC extension; the build sets -march accordingly"
#endif

namespace spectrum {
namespace {

#if defined(__SSE4_2__)
std::uint64_t step(std::uint64_t crc, std::uint64_t word) { return _mm_crc32_u64(crc, word); }
std::uint64_t step(std::uint64_t crc, unsigned char byte) {
  return _mm_crc32_u8(static_cast<std::uint32_t>(crc), byte);
}
/// The product of two polynomials of 32 bits.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  const auto as_vector = [](std::uint64_t bits) { return _mm_cvtsi64_si128(static_cast<std::int64_t>(bits)); };
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(as_vector(a), as_vector(b), 0)));
}
#else
std::uint64_t step(std::uint64_t crc, std::uint64_t word) { return __crc32cd(static_cast<std::uint32_t>(crc), word); }
std::uint64_t step(std::uint64_t crc, unsigned char byte) { return __crc32cb(static_cast<std::uint32_t>(crc), byte); }
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  return vgetq_lane_u64(vreinterpretq_u64_p128(vmull_p64(a, b)), 0);
}
#endif

std::uint64_t word_at(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

constexpr std::uint64_t kPolynomial = 0x82F63B78;
constexpr std::size_t kLane = 64;

/// What a state is multiplied by, before one more step, to become what it would be so many zero bytes later: the
/// remainder of x^(8·bytes - 33), bits reversed (Gopal et al., "Fast CRC Computation", Intel 2011).
constexpr std::uint64_t factor_of(std::size_t bytes) {
  std::uint64_t power = 0x80000000;
  for (std::size_t i = 0; i < 8 * bytes - 33; ++i) power = power >> 1 ^ (power & 1 ? kPolynomial : 0);
  return power;
}

/// The state after `bytes` zeros.
template <std::size_t kBytes>
std::uint64_t pass_zeros(std::uint64_t state) {
  static constexpr std::uint64_t kFactor = factor_of(kBytes);
  return step(std::uint64_t{0}, multiply(state, kFactor));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = ~crc;
  // A step waits for the one before: three lanes at once wait a third as long.
  for (; left >= 3 * kLane; left -= 3 * kLane, at += 2 * kLane) {
    std::uint64_t second = 0, third = 0;
    for (const char* end = at + kLane; at < end; at += 8) {
      state = step(state, word_at(at));
      second = step(second, word_at(at + kLane));
      third = step(third, word_at(at + 2 * kLane));
    }
    state = pass_zeros<2 * kLane>(state) ^ pass_zeros<kLane>(second) ^ third;
  }
  for (; left >= 8; left -= 8, at += 8) state = step(state, word_at(at));
  for (; left > 0; --left, ++at) state = step(state, static_cast<unsigned char>(*at));
  return ~static_cast<std::uint32_t>(state);
}

}  // namespace spectrum
