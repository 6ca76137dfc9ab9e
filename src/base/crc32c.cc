#include "base/crc32c.h"

#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
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
#else
std::uint64_t step(std::uint64_t crc, std::uint64_t word) { return __crc32cd(static_cast<std::uint32_t>(crc), word); }
std::uint64_t step(std::uint64_t crc, unsigned char byte) { return __crc32cb(static_cast<std::uint32_t>(crc), byte); }
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = ~crc;
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state = step(state, word);
  }
  for (; left > 0; --left, ++at) state = step(state, static_cast<unsigned char>(*at));
  return ~static_cast<std::uint32_t>(state);
}

}  // namespace spectrum
