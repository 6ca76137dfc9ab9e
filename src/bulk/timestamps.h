#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time_zone.h"

namespace spectrum::bulk {

/// Whether a field of events is their time: `timestamp` or one of its other names.
bool is_timestamp_field(std::string_view name);

/// Reads a time as files have it, and gives it as JSON: RFC 3339; the same without offset, or a date alone
/// (`20261121` too), in `zone`; epoch numbers; web servers' `17/May/2015:10:05:03 +0000`. `invalid` says what is wrong and what to do.
Result<std::string> read_timestamp(std::string_view text, const std::optional<TimeZone>& zone);

}  // namespace spectrum::bulk
