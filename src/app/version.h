#pragma once

namespace spectrum::app {

inline constexpr const char* kVersion = SPECTRUM_VERSION;

}  // namespace spectrum::app
