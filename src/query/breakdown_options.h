#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace spectrum::query {

inline constexpr std::string_view kAbsent = "$none";
inline constexpr std::string_view kOther = "$other";

/// One text for each property of a breakdown.
using Combination = std::vector<std::string>;

/// By which properties a question breaks its answer down, and into how many rows beside that of all others.
struct BreakdownOptions {
  std::vector<std::string> properties;
  std::size_t top = 8;

  /// Reads `breakdown` and `top`.
  static Result<BreakdownOptions> parse(const Json& body);
};

/// The names of a row that a selection of people asks for: a text for each of `properties`.
Result<Combination> breakdown_member(const Json& select, std::size_t properties);

}  // namespace spectrum::query
