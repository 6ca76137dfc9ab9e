#include "query/experiment.h"

#include <algorithm>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kSampleRatioThreshold = 0.001;
constexpr std::int64_t kEnough = 5;  ///< successes and failures that the test needs in each arm

bool has_enough(const ExperimentResult::Arm& arm) {
  return arm.users.successes >= kEnough && arm.users.trials - arm.users.successes >= kEnough;
}

void check_sample_ratio(const model::Experiment& experiment, ExperimentResult& result) {
  std::vector<std::int64_t> users;
  std::vector<double> weights;
  for (std::size_t i = 0; i < result.arms.size(); ++i) {
    users.push_back(result.arms[i].users.trials);
    weights.push_back(experiment.variants[i].weight);
  }
  const auto fit = stats::goodness_of_fit(users, weights);
  if (!fit) return;
  result.sample_ratio_p_value = fit->p_value;
  result.sample_ratio_ok = fit->p_value >= kSampleRatioThreshold;
}

Verdict verdict_of(const ExperimentResult& result) {
  if (!result.significant) return Verdict::not_enough_data;
  if (!result.sample_ratio_ok) return Verdict::sample_ratio_mismatch;
  if (!*result.significant) return Verdict::no_significant_difference;
  if (result.arms.size() > 2) return Verdict::significant_difference;
  return *result.arms[1].lift > 0 ? Verdict::significant_better : Verdict::significant_worse;
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_enough_data: return "not_enough_data";
    case Verdict::sample_ratio_mismatch: return "sample_ratio_mismatch";
    case Verdict::significant_better: return "significant_better";
    case Verdict::significant_worse: return "significant_worse";
    case Verdict::significant_difference: return "significant_difference";
    case Verdict::no_significant_difference: return "no_significant_difference";
  }
  return {};
}

void judge(const model::Experiment& experiment, ExperimentResult& result) {
  std::vector<stats::Proportion> proportions;
  const stats::Proportion control = result.arms.front().users;
  for (auto& arm : result.arms) {
    proportions.push_back(arm.users);
    arm.rate_interval = stats::wilson_interval(arm.users, kConfidence);
    if (&arm == &result.arms.front()) continue;
    arm.lift = stats::lift(arm.users, control);
    arm.lift_interval = stats::lift_interval(arm.users, control, kConfidence);
  }
  result.pearson = stats::independence(proportions, stats::Correction::none);
  if (result.arms.size() == 2) result.yates = stats::independence(proportions, stats::Correction::yates);
  const auto& deciding = experiment.yates ? result.yates : result.pearson;
  if (deciding) result.p_value = deciding->p_value;
  if (std::all_of(result.arms.begin(), result.arms.end(), has_enough)) {
    result.significant = *result.p_value < experiment.threshold;
  }
  check_sample_ratio(experiment, result);
  result.verdict = verdict_of(result);
}

Result<ExperimentResult> ask_experiment(ports::Warehouse& warehouse, const Scope& scope, const model::Experiment& experiment,
                                        const Json& goal, std::optional<Timestamp> until) {
  FilterCompiler compiler;
  compiler.parameter(scope.project.number);
  compiler.parameter(static_cast<std::int64_t>(scope.as_of));
  compiler.parameter(experiment.id);
  compiler.parameter(std::int64_t{experiment.window.count()});
  TRY(const auto condition, compiler.selector(goal, "/goal"));
  const std::string before = until ? " AND e.occurred_at < " + compiler.parameter(*until) : "";
  const auto sql = warehouse::fill(sql::experiment, {{"joins", compiler.joins()}, {"goal", condition}, {"until", before}});
  TRY(const auto rows, warehouse.query(sql, compiler.parameters(), scope.stop));

  ExperimentResult result;
  for (const auto& variant : experiment.variants) result.arms.push_back({variant.key, {}, {}, {}, {}});
  for (const auto& row : rows.rows) {
    const auto users = std::get<std::int64_t>(row[2]);
    if (std::get<bool>(row[1])) {
      result.multiple_variants += users;
      continue;
    }
    const auto arm = std::find_if(result.arms.begin(), result.arms.end(),
                                  [&](const auto& one) { return one.key == std::get<std::string>(row[0]); });
    if (arm == result.arms.end()) {
      result.unknown_variants += users;
    } else {
      arm->users = {users, std::get<std::int64_t>(row[3])};
    }
  }
  judge(experiment, result);
  return result;
}

Status check_goal(const Json& goal, std::string_view pointer) {
  CHECK_OK(check_members(goal, pointer, {"event", "filters"}));
  TRY(const auto event, text_member(goal, pointer, "event", ""));
  if (event.empty()) return refuse(std::string(pointer) + "/event", "is missing: the event that counts as success");
  FilterCompiler compiler;
  TRY([[maybe_unused]] const auto condition, compiler.selector(goal, pointer));
  return {};
}

}  // namespace spectrum::query
