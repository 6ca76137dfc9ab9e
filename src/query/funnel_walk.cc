#include "query/funnel_walk.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace spectrum::query {
namespace {

std::uint32_t depth_bit(std::size_t depth) { return 1u << (depth - 1); }

std::size_t highest(std::uint32_t bits) { return static_cast<std::size_t>(std::bit_width(bits)) - 1; }

}  // namespace

bool counts_before(const Attempt& a, const Attempt& b) {
  if (a.depth != b.depth || a.depth == 0) return a.depth > b.depth;
  const Event& last_of_a = *a.events[a.depth - 1];
  const Event& last_of_b = *b.events[b.depth - 1];
  return last_of_a.at != last_of_b.at ? last_of_a.at < last_of_b.at : last_of_a.seq < last_of_b.seq;
}

FunnelWalk::FunnelWalk(FunnelRules rules) : rules_(std::move(rules)), step_bits_((1u << rules_.steps) - 1) {
  std::iota(places_.begin(), places_.end(), std::uint8_t{0});
}

const Attempt& FunnelWalk::walk(std::span<const Event> events) {
  waiting_ = 0;
  best_.depth = 0;
  switch (rules_.order) {
    case FunnelRules::Order::ordered: walk_ordered(events); break;
    case FunnelRules::Order::strict: walk_strict(events); break;
    case FunnelRules::Order::any: walk_any(events); break;
  }
  return best_;
}

void FunnelWalk::start(const Event& event, std::uint8_t step) {
  Attempt& attempt = waiting(1);
  attempt.depth = 0;
  attempt.add(event, step);
  starts_[1] = event.at;
  waiting_ |= depth_bit(1);
  if (best_.depth == 0) best_.add(event, step);
}

void FunnelWalk::advance(std::size_t depth, const Event& event, std::uint8_t step) {
  std::swap(places_[depth], places_[depth + 1]);
  Attempt& attempt = waiting(depth + 1);
  attempt.add(event, step);
  starts_[depth + 1] = starts_[depth];
  waiting_ = (waiting_ & ~depth_bit(depth)) | depth_bit(depth + 1);
  if (best_.depth > depth) return;
  if (best_.events[0] == attempt.events[0]) {
    best_.add(event, step);  // An event starts one attempt: it is the same.
  } else {
    best_ = attempt;
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
      if (is_in_window(starts_[depth], event)) {
        advance(depth, event, static_cast<std::uint8_t>(depth));
      } else {
        waiting_ &= ~depth_bit(depth);
      }
    }
    if (best_.depth == rules_.steps) return;
    if ((event.matches & 1) != 0 && event.at < rules_.starts_before_us) start(event, 0);
  }
}

void FunnelWalk::walk_strict(std::span<const Event> events) {
  for (std::size_t first = 0; first < events.size(); ++first) {
    if ((events[first].matches & 1) == 0 || events[first].at >= rules_.starts_before_us) continue;
    std::size_t depth = 1;
    while (depth < rules_.steps && first + depth < events.size() && (events[first + depth].matches >> depth & 1) != 0 &&
           is_in_window(events[first].at, events[first + depth])) {
      ++depth;
    }
    if (depth <= best_.depth) continue;
    best_.depth = depth;
    for (std::size_t i = 0; i < depth; ++i) {
      best_.events[i] = &events[first + i];
      best_.steps[i] = static_cast<std::uint8_t>(i);
    }
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
      if (!is_in_window(starts_[depth], event)) {
        waiting_ &= ~depth_bit(depth);
      } else if (open != 0) {
        const auto step = static_cast<std::uint8_t>(std::countr_zero(open));
        done[depth + 1] = done[depth] | 1u << step;
        advance(depth, event, step);
      }
    }
    if (best_.depth == rules_.steps) return;
    if (event.at < rules_.starts_before_us) {
      const auto step = static_cast<std::uint8_t>(std::countr_zero(matches));
      done[1] = 1u << step;
      start(event, step);
    }
  }
}

}  // namespace spectrum::query
