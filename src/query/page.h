#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace spectrum::query {

/// How much of a list a body asks for, and behind what.
struct PageOptions {
  std::size_t limit = 100;
  std::vector<std::int64_t> after;  ///< the numbers of the cursor; none: from the beginning

  /// Reads `limit` and `cursor`, a text of so many numbers.
  static Result<PageOptions> parse(const Json& body, std::size_t numbers);
};

/// A cursor that `parse` reads.
std::string to_cursor(const std::vector<std::int64_t>& numbers);

}  // namespace spectrum::query
