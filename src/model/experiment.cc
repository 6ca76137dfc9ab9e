#include "model/experiment.h"

#include "base/sha256.h"

namespace spectrum::model {

double assignment_point(std::string_view user_id, std::string_view experiment_id) {
  // 53 bits are what a double holds; more would round up to 1.
  constexpr int kBeyondDouble = 11;
  const auto digest = sha256_128(std::string(user_id) + std::string(experiment_id));
  return static_cast<double>(digest.high >> kBeyondDouble) * 0x1p-53;
}

const Variant& assigned_variant(const Experiment& experiment, std::string_view user_id) {
  double total = 0;
  for (const auto& variant : experiment.variants) total += variant.weight;
  const double place = assignment_point(user_id, experiment.id) * total;
  double reached = 0;
  for (const auto& variant : experiment.variants) {
    reached += variant.weight;
    if (place < reached) return variant;
  }
  return experiment.variants.back();
}

}  // namespace spectrum::model
