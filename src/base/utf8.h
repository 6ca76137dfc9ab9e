#pragma once

#include <string>
#include <string_view>

namespace spectrum {

/// The text with each byte that is no part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace spectrum
