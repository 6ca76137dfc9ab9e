#include "stats/chi_square.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>

namespace spectrum::stats {
namespace {

double p_value(double statistic, int degrees_of_freedom) {
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees_of_freedom), statistic));
}

double contribution(double observed, double expected, Correction correction) {
  double difference = std::abs(observed - expected);
  if (correction == Correction::yates) difference -= std::min(0.5, difference);
  return difference * difference / expected;
}

}  // namespace

std::optional<ChiSquare> independence(std::span<const Proportion> proportions, Correction correction) {
  double trials = 0;
  double successes = 0;
  for (const auto& proportion : proportions) {
    if (proportion.trials == 0) return std::nullopt;
    trials += static_cast<double>(proportion.trials);
    successes += static_cast<double>(proportion.successes);
  }
  if (proportions.size() < 2 || successes == 0 || successes == trials) return std::nullopt;
  ChiSquare result;
  for (const auto& proportion : proportions) {
    const auto tried = static_cast<double>(proportion.trials);
    const auto succeeded = static_cast<double>(proportion.successes);
    result.statistic += contribution(succeeded, tried * successes / trials, correction) +
                        contribution(tried - succeeded, tried * (trials - successes) / trials, correction);
  }
  result.degrees_of_freedom = static_cast<int>(proportions.size()) - 1;
  result.p_value = p_value(result.statistic, result.degrees_of_freedom);
  return result;
}

std::optional<ChiSquare> goodness_of_fit(std::span<const std::int64_t> counts, std::span<const double> weights) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  const double weight = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (counts.size() < 2 || total == 0) return std::nullopt;
  ChiSquare result;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    result.statistic += contribution(static_cast<double>(counts[i]), total * weights[i] / weight, Correction::none);
  }
  result.degrees_of_freedom = static_cast<int>(counts.size()) - 1;
  result.p_value = p_value(result.statistic, result.degrees_of_freedom);
  return result;
}

}  // namespace spectrum::stats
