#pragma once

#include <cstdint>
#include <optional>

namespace spectrum::stats {

/// Successes among trials: 0 <= successes <= trials.
struct Proportion {
  std::int64_t trials = 0;
  std::int64_t successes = 0;

  /// In 0..1; nothing when nobody tried.
  std::optional<double> rate() const;
};

struct Interval {
  double low = 0;
  double high = 0;
};

/// The Wilson score interval of a proportion (E. B. Wilson 1927), without continuity correction. `confidence` in 0..1.
/// Nothing when nobody tried.
std::optional<Interval> wilson_interval(const Proportion& proportion, double confidence);

/// How much more often than the control: rate / control rate - 1. Nothing when the control has no success, or nobody
/// tried.
std::optional<double> lift(const Proportion& proportion, const Proportion& control);

/// The interval of the lift from the logarithm of the ratio of both rates (delta method; Katz et al. 1978). Nothing when
/// either has no success.
std::optional<Interval> lift_interval(const Proportion& proportion, const Proportion& control, double confidence);

}  // namespace spectrum::stats
