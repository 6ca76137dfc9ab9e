#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum::query {

/// Refuses a question: `invalid` with the place first, as `/series/0/measure: must be …`, which the API splits again.
inline Error refuse(std::string_view pointer, std::string_view message) {
  return invalid(std::string(pointer) + ": " + std::string(message));
}

}  // namespace spectrum::query
