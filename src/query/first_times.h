#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "query/activity.h"
#include "query/remembered.h"

namespace spectrum::query {

/// Remembers when each user first did something, so that what lies before a range is read once and not by every question
/// about it. Thread-safe.
class FirstTimes {
 public:
  /// Who did something before a time; nobody by default.
  class Before {
   public:
    Before() = default;

    bool has(std::int64_t user) const {
      const auto number = static_cast<std::size_t>(user);
      return number < times_->size() && (*times_)[number] < time_;
    }

   private:
    friend class FirstTimes;
    using Times = std::vector<std::int64_t>;
    Before(std::shared_ptr<const Times> times, Timestamp time) : times_(std::move(times)), time_(to_micros(time)) {}

    std::shared_ptr<const Times> times_ = std::make_shared<Times>();
    std::int64_t time_ = std::numeric_limits<std::int64_t>::min();
  };

  /// The warehouse has to outlive it. So much is remembered at most, what was asked for last.
  FirstTimes(ports::Warehouse& warehouse, std::uint64_t memory_bytes) : warehouse_(warehouse), known_(memory_bytes) {}

  /// Who was active before a time.
  Result<Before> before(const Scope& scope, const ActiveEvents& events, Timestamp time);

 private:
  using Times = Before::Times;
  /// Those of the events up to a position and before a time. What is shared never changes.
  struct Known {
    model::Position as_of = 0;
    Timestamp until = kBeginning;
    std::shared_ptr<const Times> times = std::make_shared<Times>();  ///< by the number of the user

    std::uint64_t bytes() const { return times->capacity() * sizeof(std::int64_t); }
    auto reach() const { return std::pair(as_of, until); }
  };

  Result<Known> extend(const Scope& scope, const ActiveEvents& events, Known known, Timestamp time);

  ports::Warehouse& warehouse_;
  Remembered<ActiveEvents::Key, Known> known_;
};

/// The same out of what the scope remembers, if it does.
Result<FirstTimes::Before> active_before(ports::Warehouse& warehouse, const Scope& scope, const ActiveEvents& events, Timestamp time);

}  // namespace spectrum::query
