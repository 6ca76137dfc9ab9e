#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "query/user_events.h"

namespace spectrum::query {

inline constexpr std::size_t kMaxSteps = 20;

/// What an attempt at a funnel is. Bit i of an event's matches stands for step i, counted from 0.
struct FunnelRules {
  enum class Order { ordered, strict, any };
  /// An attempt that has done `from` steps and not yet `to` ends when an event with this bit comes that does not serve
  /// its next step. In ordered funnels only.
  struct Exclusion {
    std::uint32_t bit;
    std::size_t from;
    std::size_t to;
  };

  Order order = Order::ordered;
  std::size_t steps = 2;
  std::int64_t window_us = 0;       ///< from the first step to any other, inclusive
  std::int64_t starts_before_us = 0;  ///< attempts start before this instant
  std::vector<Exclusion> exclusions;
};

/// The steps that an attempt did, in order of time. The events are those of the walk that found it.
struct Attempt {
  Attempt() = default;
  Attempt(const Attempt& other) { *this = other; }
  /// Copies what it did, not the room for more.
  Attempt& operator=(const Attempt& other) {
    depth = other.depth;
    std::copy_n(other.events.begin(), depth, events.begin());
    std::copy_n(other.steps.begin(), depth, steps.begin());
    return *this;
  }

  void add(const Event& event, std::uint8_t step) {
    events[depth] = &event;
    steps[depth++] = step;
  }

  std::size_t depth = 0;
  std::array<const Event*, kMaxSteps> events{};
  std::array<std::uint8_t, kMaxSteps> steps{};  ///< which step each event served
};

/// Whether `a` counts rather than `b`: it is deeper, or as deep and completed first. Never for attempts that completed
/// with the same event.
bool counts_before(const Attempt& a, const Attempt& b);

/// Finds the attempt by which a user counts: the deepest; of several that deep the one that completes first, and of
/// these the one that started last.
///
/// One pass: of all attempts that have done equally many steps, and so wait for the same, only the one that started
/// last can still count, for it has most time left. (In any order this holds because an attempt has done all the steps
/// that one started later has.) So there is at most one attempt of each depth to carry along, and of each only the event
/// with which it began: what it did follows from that.
class FunnelWalk {
 public:
  explicit FunnelWalk(FunnelRules rules);

  /// The attempt that counts among the events of one user, in their order. It lives until the next call.
  const Attempt& walk(std::span<const Event> events);

 private:
  void walk_ordered(std::span<const Event> events);
  void walk_strict(std::span<const Event> events);
  void walk_any(std::span<const Event> events);
  bool is_in_window(const Event& start, const Event& event) const { return event.at - start.at <= rules_.window_us; }
  void start(const Event& event);
  /// The attempt of this depth goes one deeper, in place of the one that was there.
  void advance(std::size_t depth);
  void note(std::size_t depth, const Event& start);
  /// What the attempt that counts did.
  void retrace();

  const FunnelRules rules_;
  const std::uint32_t step_bits_;
  std::array<const Event*, kMaxSteps + 1> starts_;  ///< of each depth: the event with which its attempt began
  std::uint32_t waiting_ = 0;                       ///< bit d - 1: there is one of depth d
  std::size_t best_depth_ = 0;
  const Event* best_start_ = nullptr;
  Attempt best_;
};

}  // namespace spectrum::query
