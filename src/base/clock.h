#pragma once

#include <atomic>
#include <chrono>

namespace spectrum {

/// An instant, UTC, in microseconds since 1970.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

inline std::int64_t to_micros(Timestamp instant) { return instant.time_since_epoch().count(); }
inline Timestamp from_micros(std::int64_t micros) { return Timestamp(std::chrono::microseconds(micros)); }

/// Where the wall clock enters the program. Thread-safe. Measure durations with std::chrono::steady_clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

/// A clock that stands still until it is set: for tests and for reproducible sample data.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : micros_(to_micros(now)) {}
  Timestamp now() const override { return from_micros(micros_.load()); }
  void set(Timestamp now) { micros_ = to_micros(now); }
  void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace spectrum
