#include "query/funnel_walk.h"

#include <algorithm>
#include <bit>

namespace spectrum::query {
namespace {

std::uint32_t depth_bit(std::size_t depth) { return 1u << (depth - 1); }

std::uint32_t lowest(std::uint32_t bits) { return bits & -bits; }

std::size_t highest(std::uint32_t bits) { return static_cast<std::size_t>(std::bit_width(bits)) - 1; }

}  // namespace

bool counts_before(const Attempt& a, const Attempt& b) {
  if (a.depth != b.depth || a.depth == 0) return a.depth > b.depth;
  const Event& last_of_a = *a.events[a.depth - 1];
  const Event& last_of_b = *b.events[b.depth - 1];
  return last_of_a.at != last_of_b.at ? last_of_a.at < last_of_b.at : last_of_a.seq < last_of_b.seq;
}

FunnelWalk::FunnelWalk(FunnelRules rules) : rules_(std::move(rules)), step_bits_((1u << rules_.steps) - 1) {}

const Attempt& FunnelWalk::walk(std::span<const Event> events) {
  waiting_ = 0;
  best_depth_ = 0;
  switch (rules_.order) {
    case FunnelRules::Order::ordered: walk_ordered(events); break;
    case FunnelRules::Order::strict: walk_strict(events); break;
    case FunnelRules::Order::any: walk_any(events); break;
  }
  retrace();
  return best_;
}

void FunnelWalk::note(std::size_t depth, const Event& start) {
  if (depth <= best_depth_) return;
  best_depth_ = depth;
  best_start_ = &start;
}

void FunnelWalk::start(const Event& event) {
  starts_[1] = &event;
  waiting_ |= depth_bit(1);
  note(1, event);
}

void FunnelWalk::advance(std::size_t depth) {
  starts_[depth + 1] = starts_[depth];
  waiting_ = (waiting_ & ~depth_bit(depth)) | depth_bit(depth + 1);
  note(depth + 1, *starts_[depth]);
}

void FunnelWalk::retrace() {
  const bool in_any_order = rules_.order == FunnelRules::Order::any;
  std::uint32_t done = 0;
  best_.depth = 0;
  for (const Event* event = best_start_; best_.depth < best_depth_; ++event) {
    const std::uint32_t open = event->matches & (in_any_order ? step_bits_ & ~done : 1u << best_.depth);
    if (open == 0) continue;
    const int step = std::countr_zero(open);
    done |= 1u << step;
    best_.add(*event, static_cast<std::uint8_t>(step));
  }
}

void FunnelWalk::walk_ordered(std::span<const Event> events) {
  for (const Event& event : events) {
    for (const auto& exclusion : rules_.exclusions) {
      if ((event.matches & exclusion.bit) == 0) continue;
      for (std::size_t depth = exclusion.from; depth < exclusion.to; ++depth) {
        const bool serves_next = (event.matches >> depth & 1) != 0;
        if (!serves_next) waiting_ &= ~depth_bit(depth);
      }
    }
    // The deepest first: an event serves one step of an attempt only.
    for (auto next = event.matches & waiting_ << 1 & step_bits_; next != 0;) {
      const std::size_t depth = highest(next);
      next &= ~(1u << depth);
      if (is_in_window(*starts_[depth], event)) {
        advance(depth);
      } else {
        waiting_ &= ~depth_bit(depth);
      }
    }
    if (best_depth_ == rules_.steps) return;
    if ((event.matches & 1) != 0 && event.at < rules_.starts_before_us) start(event);
  }
}

void FunnelWalk::walk_strict(std::span<const Event> events) {
  for (std::size_t first = 0; first < events.size(); ++first) {
    if ((events[first].matches & 1) == 0 || events[first].at >= rules_.starts_before_us) continue;
    std::size_t depth = 1;
    while (depth < rules_.steps && first + depth < events.size() && (events[first + depth].matches >> depth & 1) != 0 &&
           is_in_window(events[first], events[first + depth])) {
      ++depth;
    }
    note(depth, events[first]);
    if (depth == rules_.steps) return;
  }
}

void FunnelWalk::walk_any(std::span<const Event> events) {
  std::array<std::uint32_t, kMaxSteps + 2> done{};  // of each depth
  for (const Event& event : events) {
    const std::uint32_t matches = event.matches & step_bits_;
    if (matches == 0) continue;
    for (auto rest = waiting_; rest != 0;) {
      const std::size_t depth = highest(rest) + 1;
      rest &= ~depth_bit(depth);
      const std::uint32_t open = matches & ~done[depth];
      if (!is_in_window(*starts_[depth], event)) {
        waiting_ &= ~depth_bit(depth);
      } else if (open != 0) {
        done[depth + 1] = done[depth] | lowest(open);
        advance(depth);
      }
    }
    if (best_depth_ == rules_.steps) return;
    if (event.at < rules_.starts_before_us) {
      done[1] = lowest(matches);
      start(event);
    }
  }
}

}  // namespace spectrum::query
