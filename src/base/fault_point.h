#pragma once

#include <string>

namespace spectrum {

/// True when a fault point was asked for; false, and nearly free, otherwise.
extern bool fault_points_armed;

/// Counts a hit of the point called `name` and ends the process there if that was asked for.
void hit_fault_point(const char* name);

/// Marks a place where a crash test may kill the process: with SPECTRUM_CRASH_AT=`name` or `name:k` in the environment
/// the first (or k-th) pass ends the process at once, with status 137, as kill -9 would: nothing is flushed or closed.
inline void fault_point(const char* name) {
  if (fault_points_armed) [[unlikely]] hit_fault_point(name);
}

/// Asks for a crash as SPECTRUM_CRASH_AT does; an empty text asks for none. For tests that fork, before any thread runs.
void arm_fault_point(const std::string& name_and_hit);

}  // namespace spectrum
