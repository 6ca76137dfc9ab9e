#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "model/experiment.h"
#include "model/position.h"
#include "ports/database.h"

namespace spectrum::catalog {

std::string_view to_text(model::ExperimentStatus status);
/// `invalid` for anything but `draft`, `running` and `stopped`.
Result<model::ExperimentStatus> experiment_status(const std::string& text);

/// The definitions of experiments. Thread-safe.
class Experiments {
 public:
  Experiments(ports::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// `invalid` for a bad field, `conflict` for a taken id.
  Status create(model::ProjectId project, const model::Experiment& experiment);
  /// Replaces everything but the id.
  Status update(model::ProjectId project, const model::Experiment& experiment);
  /// `not_found` with a text for the client.
  Result<model::Experiment> find(model::ProjectId project, const std::string& id);
  /// By id, those behind `after`.
  Result<std::vector<model::Experiment>> list(model::ProjectId project, const std::string& after);

 private:
  Status store_variants(ports::Database& transaction, model::ProjectId project, const model::Experiment& experiment);

  ports::Database& database_;
  const Clock& clock_;
};

}  // namespace spectrum::catalog
