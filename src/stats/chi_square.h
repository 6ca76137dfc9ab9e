#pragma once

#include <optional>
#include <span>

#include "stats/proportion.h"

namespace spectrum::stats {

struct ChiSquare {
  double statistic = 0;
  int degrees_of_freedom = 0;
  double p_value = 1;
};

enum class Correction { none, yates };

/// Pearson's test that all proportions are one, on the table of successes and failures; with Yates' correction each
/// difference from what is expected shrinks by at most a half (for two proportions only). Equal to SciPy's
/// `chi2_contingency`. Nothing when a count is expected to be 0, or there are fewer than two proportions.
std::optional<ChiSquare> independence(std::span<const Proportion> proportions, Correction correction);

/// Pearson's test that counts are spread as their weights (> 0) say. Equal to SciPy's `chisquare`. Nothing when all
/// counts are 0, or there are fewer than two.
std::optional<ChiSquare> goodness_of_fit(std::span<const std::int64_t> counts, std::span<const double> weights);

}  // namespace spectrum::stats
