#pragma once

#include <string>

namespace spectrum {

/// Names the calling thread for `top -H`, `perf` and debuggers: at most 15 characters.
void name_thread(const std::string& name);

/// Lets other threads go first: for work that may lag, so that what cannot wait does not.
void lower_thread_priority();

/// Runs the calling thread before all ordinary ones, where that is permitted; else nothing changes.
void raise_thread_to_realtime();

}  // namespace spectrum
