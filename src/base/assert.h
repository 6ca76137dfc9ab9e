#pragma once

#include <string_view>

namespace spectrum {

/// Prints where and why, then aborts: for bugs only, never for bad input.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line, std::string_view why);

/// On in every build.
#define SPECTRUM_ASSERT(condition, why)                                                            \
  do {                                                                                             \
    if (!(condition)) [[unlikely]] ::spectrum::assertion_failed(#condition, __FILE__, __LINE__, why); \
  } while (false)

}  // namespace spectrum
