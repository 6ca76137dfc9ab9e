#pragma once

#include "app/config.h"

namespace spectrum::app {

/// Runs everything until SIGTERM or SIGINT; returns the exit code.
int serve(const Config& config);

}  // namespace spectrum::app
