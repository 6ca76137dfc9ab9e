#include "catalog/experiments.h"

#include <array>
#include <set>

#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

constexpr std::size_t kMaxTextBytes = 255;
constexpr std::size_t kMaxVariants = 20;
constexpr std::chrono::seconds kLongestWindow = std::chrono::days(366);

constexpr std::pair<model::ExperimentStatus, std::string_view> kStatuses[] = {
    {model::ExperimentStatus::draft, "draft"},
    {model::ExperimentStatus::running, "running"},
    {model::ExperimentStatus::stopped, "stopped"},
};

Status check_text(const std::string& text, const std::string& pointer) {
  if (!text.empty() && text.size() <= kMaxTextBytes) return {};
  return invalid(pointer + ": must be 1 to 255 bytes of text");
}

Status check_variants(const std::vector<model::Variant>& variants) {
  if (variants.size() < 2 || variants.size() > kMaxVariants) {
    return invalid("/variants: must list 2 to 20 variants; the first one is the control");
  }
  std::set<std::string> keys;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const std::string pointer = "/variants/" + std::to_string(i);
    CHECK_OK(check_text(variants[i].key, pointer + "/key"));
    if (!keys.insert(variants[i].key).second) return invalid(pointer + "/key: '" + variants[i].key + "' is listed twice");
    if (!(variants[i].weight > 0 && variants[i].weight <= 1e9)) {
      return invalid(pointer + "/weight: must be a number above 0, such as 1");
    }
  }
  return {};
}

Status check(const model::Experiment& experiment) {
  CHECK_OK(check_text(experiment.id, "/id"));
  CHECK_OK(check_text(experiment.name, "/name"));
  CHECK_OK(check_variants(experiment.variants));
  if (experiment.window < std::chrono::seconds(1) || experiment.window > kLongestWindow) {
    return invalid("/window: must be between 1s and 366d, such as 14d");
  }
  if (!(experiment.threshold > 0 && experiment.threshold < 1)) {
    return invalid("/threshold: must lie between 0 and 1, such as 0.05");
  }
  if (experiment.yates && experiment.variants.size() != 2) {
    return invalid("/correction: yates is for two variants; leave it out for more");
  }
  return {};
}

/// The parameters that writing an experiment begins with.
std::vector<ports::Value> values_of(model::ProjectId project, const model::Experiment& experiment) {
  return {project,
          experiment.id,
          experiment.name,
          experiment.goal,
          std::int64_t{experiment.window.count()},
          experiment.threshold,
          std::int64_t{experiment.yates},
          std::string(to_text(experiment.status))};
}

std::vector<model::Experiment> read(const ports::Rows& rows) {
  std::vector<model::Experiment> experiments;
  for (const auto& row : rows.rows) {
    const auto& id = std::get<std::string>(row[0]);
    if (experiments.empty() || experiments.back().id != id) {
      auto& experiment = experiments.emplace_back();
      experiment.id = id;
      experiment.name = std::get<std::string>(row[1]);
      experiment.goal = std::get<std::string>(row[2]);
      experiment.window = std::chrono::seconds(std::get<std::int64_t>(row[3]));
      experiment.threshold = std::get<double>(row[4]);
      experiment.yates = std::get<std::int64_t>(row[5]) != 0;
      for (const auto& [status, text] : kStatuses) {
        if (text == std::get<std::string>(row[6])) experiment.status = status;
      }
    }
    experiments.back().variants.push_back({std::get<std::string>(row[7]), std::get<double>(row[8])});
  }
  return experiments;
}

}  // namespace

std::string_view to_text(model::ExperimentStatus status) {
  return kStatuses[static_cast<std::size_t>(status)].second;
}

Result<model::ExperimentStatus> experiment_status(const std::string& text) {
  for (const auto& [status, name] : kStatuses) {
    if (name == text) return status;
  }
  return invalid("/status: must be draft, running or stopped");
}

Status Experiments::store_variants(ports::Database& transaction, model::ProjectId project,
                                   const model::Experiment& experiment) {
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    const std::array<ports::Value, 5> values = {project, experiment.id, static_cast<std::int64_t>(i),
                                                experiment.variants[i].key, experiment.variants[i].weight};
    TRY([[maybe_unused]] const auto inserted, transaction.execute(sql::insert_variant, values));
  }
  return {};
}

Status Experiments::create(model::ProjectId project, const model::Experiment& experiment) {
  CHECK_OK(check(experiment));
  return database_.transaction([&](ports::Database& transaction) -> Status {
    auto values = values_of(project, experiment);
    values.emplace_back(clock_.now());
    const auto inserted = transaction.execute(sql::insert_experiment, values);
    if (!inserted && inserted.error().code == Errc::conflict) {
      return conflict("the experiment id '" + experiment.id + "' is taken");
    }
    if (!inserted) return inserted.error();
    return store_variants(transaction, project, experiment);
  });
}

Status Experiments::update(model::ProjectId project, const model::Experiment& experiment) {
  CHECK_OK(check(experiment));
  return database_.transaction([&](ports::Database& transaction) -> Status {
    TRY([[maybe_unused]] const auto updated, transaction.execute(sql::update_experiment, values_of(project, experiment)));
    const std::array<ports::Value, 2> whose = {project, experiment.id};
    TRY([[maybe_unused]] const auto deleted, transaction.execute(sql::delete_variants, whose));
    return store_variants(transaction, project, experiment);
  });
}

Result<model::Experiment> Experiments::find(model::ProjectId project, const std::string& id) {
  const std::array<ports::Value, 3> values = {project, std::string(), id};
  TRY(const auto rows, database_.execute(sql::list_experiments, values));
  auto found = read(rows);
  if (id.empty() || found.empty()) return not_found("there is no experiment '" + id + "'");
  return std::move(found.front());
}

Result<std::vector<model::Experiment>> Experiments::list(model::ProjectId project, const std::string& after) {
  const std::array<ports::Value, 3> values = {project, after, std::string()};
  TRY(const auto rows, database_.execute(sql::list_experiments, values));
  return read(rows);
}

}  // namespace spectrum::catalog
