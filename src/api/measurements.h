#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace spectrum::api {

/// What became of the requests that wait for a thread of their own, for `/-/metrics`. Thread-safe.
class Measurements {
 public:
  Measurements();
  ~Measurements();

  /// One more waits for a thread.
  void waits();
  /// One that waited has a thread now, or gets none.
  void begins();
  /// One that began is refused because too many wait; it ends, too.
  void refuses();
  /// One that began is done after `took`, waiting included. `path` is the route's; `status` of HTTP, 0: the client had gone.
  void ends(std::string_view path, int status, std::chrono::nanoseconds took);

  /// All of it in Prometheus' text format.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::api
