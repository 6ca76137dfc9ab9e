#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace spectrum::app {

/// Shows how far long work is: a line that changes on a terminal, else a new one every ten seconds. One thread.
class Progress {
 public:
  /// `what` is what is counted, such as `rows`.
  explicit Progress(std::string what);
  ~Progress();

  /// `share` is how much is done, 0 to 1; negative when nobody knows.
  void show(std::uint64_t count, double share);
  /// Ends the changing line, so that other text can follow.
  void finish();

 private:
  std::string line(std::uint64_t count, double share) const;

  const std::string what_;
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  bool open_ = false;
};

}  // namespace spectrum::app
