#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace spectrum {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
/// Its first 16 bytes, big endian.
Id128 sha256_128(std::string_view bytes);
std::string to_hex(const Sha256& digest);

/// `bytes` random bytes of the system's generator, in hexadecimal.
std::string random_hex(std::size_t bytes);

/// Compares in a time that does not tell where the texts differ.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace spectrum
