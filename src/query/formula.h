#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace spectrum::query {

/// A number of an answer; nothing where it has none, as an average of no values.
using Number = std::optional<double>;

/// Arithmetic over series: `+ - * / ( )`, numbers and names of series.
class Formula {
 public:
  /// A name is found where an operand may begin, the longest that fits; it may hold spaces.
  static Result<Formula> parse(const std::string& text, std::span<const std::string> names, std::string_view pointer);

  /// Its value for one number of each series, in the order of the names: nothing where an operand is nothing or a
  /// divisor is 0.
  Number operator()(std::span<const Number> series) const;

 private:
  friend class FormulaParser;

  /// In postfix order.
  struct Step {
    char kind;  ///< `n` a number, `s` a series, `~` a change of sign, or an operator
    double number = 0;
    std::size_t series = 0;
  };
  std::vector<Step> steps_;
};

}  // namespace spectrum::query
