#include "stats/proportion.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace spectrum::stats {
namespace {

/// How many standard deviations around the mean hold that share of a normal distribution.
double deviations(double confidence) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - confidence) / 2));
}

/// The variance of the logarithm of a rate.
double log_variance(const Proportion& proportion) {
  return 1 / static_cast<double>(proportion.successes) - 1 / static_cast<double>(proportion.trials);
}

}  // namespace

std::optional<double> Proportion::rate() const {
  if (trials == 0) return std::nullopt;
  return static_cast<double>(successes) / static_cast<double>(trials);
}

std::optional<Interval> wilson_interval(const Proportion& proportion, double confidence) {
  const auto rate = proportion.rate();
  if (!rate) return std::nullopt;
  const double z = deviations(confidence);
  const auto n = static_cast<double>(proportion.trials);
  const double middle = (*rate + z * z / (2 * n)) / (1 + z * z / n);
  const double reach = z / (1 + z * z / n) * std::sqrt(*rate * (1 - *rate) / n + z * z / (4 * n * n));
  // At the ends of the scale the exact bound is the end itself, which rounding would miss.
  return Interval{proportion.successes == 0 ? 0 : middle - reach,
                  proportion.successes == proportion.trials ? 1 : middle + reach};
}

std::optional<double> lift(const Proportion& proportion, const Proportion& control) {
  const auto rate = proportion.rate();
  if (!rate || control.successes == 0) return std::nullopt;
  return *rate / *control.rate() - 1;
}

std::optional<Interval> lift_interval(const Proportion& proportion, const Proportion& control, double confidence) {
  if (proportion.successes == 0 || control.successes == 0) return std::nullopt;
  const double log_ratio = std::log(*proportion.rate() / *control.rate());
  const double reach = deviations(confidence) * std::sqrt(log_variance(proportion) + log_variance(control));
  return Interval{std::expm1(log_ratio - reach), std::expm1(log_ratio + reach)};
}

}  // namespace spectrum::stats
