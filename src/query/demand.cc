#include "query/demand.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// So many keys are counted; when there are more, all counts are halved, and what is left of none goes.
constexpr std::size_t kMostCounted = 1'000;
/// A key with more values among the newest events is left in the JSON: its column would be about as large.
constexpr std::int64_t kFewValues = 1'000;
constexpr std::int64_t kNewest = 50'000;
/// A key that was wanted and not fit is not looked at again soon.
constexpr int kNotFit = -100 * Demand::kOften;

}  // namespace

bool Demand::is_declared(const std::string& key) const {
  return std::ranges::find(options_.declared, key) != options_.declared.end();
}

void Demand::note(model::ProjectId project, const std::string& key) {
  if (options_.most == 0) return;
  const Key counted(project, key);
  const bool is_often = readings_.with([&](auto& readings) {
    if (readings.size() >= kMostCounted && !readings.contains(counted)) {
      for (auto& [key_of_count, count] : readings) count /= 2;
      std::erase_if(readings, [](const auto& entry) { return entry.second == 0; });
    }
    if (readings.size() >= kMostCounted && !readings.contains(counted)) return false;
    int& reading = readings[counted];
    if (++reading < kOften) return false;
    reading = 0;
    return true;
  });
  if (is_often) wanted_.with([&](auto& wanted) { wanted.insert(counted); });
}

Result<std::vector<std::string>> Demand::take_wanted(ports::Warehouse& warehouse) {
  const auto candidates = wanted_.with([](auto& wanted) { return std::exchange(wanted, {}); });
  std::vector<std::string> keys;
  if (candidates.empty()) return keys;
  const auto promoted = warehouse.promoted();
  const auto has_columns = [&](const std::string& key) {
    return std::ranges::find(promoted, key, &ports::PromotedProperty::property) != promoted.end() || std::ranges::find(keys, key) != keys.end();
  };
  auto left = static_cast<std::ptrdiff_t>(options_.most) -
              std::ranges::count_if(promoted, [&](const auto& property) { return !is_declared(property.property); });
  for (const auto& candidate : candidates) {
    if (has_columns(candidate.second)) continue;
    TRY(const bool fits, has_few_values(warehouse, candidate));
    if (fits && left-- > 0) {
      log_info("a property is asked for often and gets columns of its own", {{"property", candidate.second}});
      keys.push_back(candidate.second);
    } else {
      readings_.with([&](auto& readings) { readings[candidate] = kNotFit; });
    }
  }
  return keys;
}

Result<bool> Demand::has_few_values(ports::Warehouse& warehouse, const Key& key) const {
  TRY(const auto cursor, warehouse.cursor());
  const std::array<ports::Value, 3> parameters = {key.first, warehouse::json_pointer(key.second), static_cast<std::int64_t>(cursor) - kNewest};
  TRY(const auto answer, warehouse.query(sql::values_of_key, parameters));
  return std::get<std::int64_t>(answer.rows[0][0]) <= kFewValues;
}

}  // namespace spectrum::query
