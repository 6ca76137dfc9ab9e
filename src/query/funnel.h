#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// How many users went through steps, one after the other, and how far and how fast.
struct Funnel {
  struct Step {
    std::string name;
    std::int64_t count = 0;
    std::optional<double> of_first;     ///< 0..1
    std::optional<double> of_previous;  ///< 0..1
    std::int64_t dropped = 0;           ///< did the step before, not this one
    std::optional<double> median_s;     ///< since the step before
    std::optional<double> p90_s;
  };
  struct Bin {
    double from_s = 0;
    double to_s = 0;
    std::int64_t count = 0;
  };
  struct Row {
    std::vector<std::string> breakdown;
    std::optional<std::size_t> other_values;  ///< of `$other`: so many are poured together
    std::vector<Step> steps;
  };
  std::vector<Step> steps;
  std::vector<Bin> histogram;  ///< of those who did all steps: from the first step to the last
  std::optional<std::vector<Row>> breakdown;
};

/// Answers `POST /api/v1/query/funnel`; `body` is the whole request.
Result<Funnel> ask_funnel(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users whom `{"step":k,"outcome":"reached"|"dropped","breakdown"?:[…]}` chooses, ascending.
Result<std::vector<std::int64_t>> funnel_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                const Json& select);

}  // namespace spectrum::query
