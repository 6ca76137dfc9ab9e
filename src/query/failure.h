#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum::query {

/// Refuses a question: `invalid` with the place first, as `/series/0/measure: must be …`, which the API splits again.
inline Error refuse(std::string_view pointer, std::string_view message) {
  return invalid(std::string(pointer) + ": " + std::string(message));
}

/// Refuses a question that never fits into what one may have; waiting would not help.
inline Error too_much(std::uint64_t memory_bytes, std::string_view instead) {
  return invalid("the question needs more memory than the " + std::to_string(memory_bytes >> 20) +
                 " MiB that one may have (`question-memory`): " + std::string(instead));
}

}  // namespace spectrum::query
