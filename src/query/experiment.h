#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/experiment.h"
#include "ports/warehouse.h"
#include "query/scope.h"
#include "stats/chi_square.h"
#include "stats/proportion.h"

namespace spectrum::query {

enum class Verdict {
  not_enough_data,
  sample_ratio_mismatch,
  significant_better,
  significant_worse,
  significant_difference,
  no_significant_difference,
};

std::string_view to_text(Verdict verdict);

/// What an experiment has shown so far. Who was exposed to two variants is in none of them.
struct ExperimentResult {
  struct Arm {
    std::string key;
    stats::Proportion users;                      ///< exposed, and of these converted
    std::optional<stats::Interval> rate_interval;  ///< Wilson, 95 %
    std::optional<double> lift;                   ///< against the control; nothing for the control
    std::optional<stats::Interval> lift_interval;
  };
  std::vector<Arm> arms;  ///< as the experiment lists its variants; the first one is the control
  std::optional<stats::ChiSquare> pearson;
  std::optional<stats::ChiSquare> yates;  ///< of two arms
  std::optional<double> p_value;          ///< the one that decides
  std::optional<bool> significant;        ///< nothing while there is not enough data
  std::optional<double> sample_ratio_p_value;
  bool sample_ratio_ok = true;
  std::int64_t multiple_variants = 0;  ///< users left out because they were exposed to several
  std::int64_t unknown_variants = 0;   ///< users left out because the experiment does not list theirs
  Verdict verdict = Verdict::not_enough_data;
};

/// Fills in intervals, tests and the verdict from the users and conversions of the arms.
void judge(const model::Experiment& experiment, ExperimentResult& result);

/// Counts exposures and conversions in all facts up to `scope.as_of`, with `until` those that occurred before it; `goal`
/// is the parsed `experiment.goal`.
Result<ExperimentResult> ask_experiment(ports::Warehouse& warehouse, const Scope& scope, const model::Experiment& experiment,
                                        const Json& goal, std::optional<Timestamp> until = std::nullopt);

/// Refuses what is no selector.
Status check_goal(const Json& goal, std::string_view pointer);

}  // namespace spectrum::query
