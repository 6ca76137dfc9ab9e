#pragma once

namespace spectrum {

/// Lets other threads go first: for work that may lag, so that what cannot wait does not.
void lower_thread_priority();

/// Runs the calling thread before all ordinary ones, where that is permitted; else nothing changes.
void raise_thread_to_realtime();

}  // namespace spectrum
