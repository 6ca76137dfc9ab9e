#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace spectrum::model {

struct Variant {
  std::string key;
  double weight = 1;  ///< > 0; its share is weight / sum of weights
};

enum class ExperimentStatus { draft, running, stopped };

/// Who is shown which variant, and what counts as success.
struct Experiment {
  std::string id;  ///< as events carry it in `experiment_id`
  std::string name;
  std::vector<Variant> variants;  ///< at least two; the first one is the control
  std::string goal;               ///< a selector as JSON: `{"event":"purchase","filters":[]}`
  std::chrono::seconds window = std::chrono::days(14);  ///< a success counts so long after the exposure
  double threshold = 0.05;                              ///< p-values below are significant
  bool yates = false;                                   ///< decide by the p-value with Yates' correction
  ExperimentStatus status = ExperimentStatus::running;
};

/// Where a user falls in an experiment, in [0, 1): the first eight bytes, big endian, of SHA-256(user_id, experiment_id),
/// over 2^64. Anyone can compute it, and nothing has to be stored.
double assignment_point(std::string_view user_id, std::string_view experiment_id);

/// The variant whose share of [0, 1), in the listed order, the point of the user falls into.
const Variant& assigned_variant(const Experiment& experiment, std::string_view user_id);

}  // namespace spectrum::model
