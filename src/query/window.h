#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spectrum::query {

/// What a window may be, for refusals.
inline constexpr std::string_view kWindowShape = "a number and a unit (s, m, h, d, w) such as 7d, from 1s to 366d";

/// Reads `7d`, `12h`, `30m`, `90s` or `2w` as microseconds; nothing when it is not of that shape.
std::optional<std::int64_t> parse_window(std::string_view text);

}  // namespace spectrum::query
