#pragma once

#include <cstdint>
#include <string_view>

namespace spectrum {

/// CRC-32C (Castagnoli, RFC 3720) of `bytes`, continued from `crc` (the CRC of what came before; 0 at the start).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace spectrum
