#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace spectrum::query {

/// Reads a member such as `"7d"`, `"12h"`, `"30m"`, `"90s"` or `"2w"`, or takes `fallback` when it is absent; in
/// microseconds. From a second to 366 days.
Result<std::int64_t> window_member(const Json& body, std::string_view name, std::string_view fallback);

}  // namespace spectrum::query
