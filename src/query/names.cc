#include "query/names.h"

#include <array>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/json_members.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// Suggestions come out of so many events, the newest.
constexpr std::int64_t kNewest = 20'000;
constexpr std::size_t kMaxSeen = 100'000;
constexpr std::size_t kSuggestions = 3;

std::string_view statement(Names::Kind kind) {
  switch (kind) {
    case Names::Kind::event: return sql::name_of_event;
    case Names::Kind::property: return sql::name_of_property;
    case Names::Kind::trait: return sql::name_of_trait;
  }
  return {};
}

}  // namespace

Status Names::check(const Scope& scope, Kind kind, const std::string& name, const std::string& place, std::string_view pointer) {
  const auto entry = std::tuple(scope.project.number, kind, place);
  if (seen_.with([&](const auto& seen) { return seen.contains(entry); })) return {};
  TRY(const bool is_seen, this->is_seen(scope, kind, place));
  if (is_seen) {
    seen_.with([&](auto& seen) {
      if (seen.size() < kMaxSeen) seen.insert(entry);
    });
    return {};
  }
  TRY(auto known, events(scope));
  if (known.empty()) return {};
  if (kind != Kind::event) {
    TRY(known, properties(scope));
  }
  const std::string what = kind == Kind::event ? "no event of this project has the type '" : "no event of this project has the property '";
  return refuse(pointer, what + name + "'; did you mean " + nearest_names(name, std::move(known), kSuggestions) + "?");
}

Result<bool> Names::is_seen(const Scope& scope, Kind kind, const std::string& place) {
  const std::array<ports::Value, 2> parameters = {scope.project.number, place};
  TRY(const auto answer, warehouse_.query(statement(kind), parameters, scope.stop));
  return !answer.rows.empty();
}

Result<std::vector<std::string>> Names::events(const Scope& scope) {
  const std::array<ports::Value, 1> parameters = {scope.project.number};
  TRY(const auto answer, warehouse_.query(sql::names_of_events, parameters, scope.stop));
  std::vector<std::string> names;
  for (const auto& row : answer.rows) names.push_back(std::get<std::string>(row[0]));
  return names;
}

Result<std::vector<std::string>> Names::properties(const Scope& scope) {
  std::set<std::string, std::less<>> names;
  for (const auto& column : listed_columns()) names.insert(column.name);
  JsonMembers members;
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      members.for_each(batch.text(0, row), [&](std::string_view name, ValueType, std::string_view) { names.emplace(name); });
      members.for_each(batch.text(1, row), [&](std::string_view name, ValueType, std::string_view) {
        names.insert(std::string(kTraits) + std::string(name));
      });
    }
    return {};
  };
  const std::array<ports::Value, 1> parameters = {scope.project.number};
  CHECK_OK(warehouse_.scan(warehouse::fill(sql::names_of_properties, {{"limit", std::to_string(kNewest)}}), parameters, take, scope.stop));
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace spectrum::query
