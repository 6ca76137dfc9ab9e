#pragma once

#include <cstdint>
#include <string>

namespace spectrum::app {

/// The flags of `spectrum demo`.
struct DemoRequest {
  std::uint64_t events = 100'000;
  int days = 90;
  std::uint64_t seed = 1;
  std::string end;  ///< RFC 3339; empty: now
  std::string out = "-";
  std::string to;
  std::string key;
};

/// Writes or sends the sample shop's events; returns the exit code.
int write_demo(const DemoRequest& request);

}  // namespace spectrum::app
