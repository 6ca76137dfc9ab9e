#include "query/names.h"

#include <algorithm>
#include <array>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/json_members.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// Suggested traits come out of so many users, the newest.
constexpr std::int64_t kNewest = 20'000;
/// So many keys of a project are kept; where there are more, a name that is not among them is looked for in all events.
constexpr std::size_t kMaxKeys = 10'000;
/// Events whose keys are learned at once.
constexpr model::Position kStep = 1'000'000;
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

Status Names::check(const Scope& scope, Kind kind, const std::string& name, const std::string& key, std::string_view pointer) {
  const auto entry = std::tuple(scope.project.number, kind, key);
  if (seen_.with([&](const auto& seen) { return seen.contains(entry); })) return {};
  TRY(const bool is_seen, this->is_seen(scope, kind, key));
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

Result<bool> Names::is_seen(const Scope& scope, Kind kind, const std::string& key) {
  if (kind == Kind::property) {
    CHECK_OK(learn(scope.as_of, scope.stop));
    const auto [is_known, is_full] = learned_.with([&](const Learned& learned) {
      const auto keys = learned.keys.find(scope.project.number);
      if (keys == learned.keys.end()) return std::pair(false, false);
      return std::pair(keys->second.contains(key), keys->second.size() >= kMaxKeys);
    });
    if (is_known || !is_full) return is_known;
  }
  const std::array<ports::Value, 2> parameters = {scope.project.number,
                                                    kind == Kind::event ? key : warehouse::json_pointer(key)};
  TRY(const auto answer, warehouse_.query(statement(kind), parameters, scope.stop));
  return !answer.rows.empty();
}

Status Names::learn(model::Position until, const std::stop_token& stop) {
  for (;;) {
    const auto after = learned_.with([](const Learned& learned) { return learned.until; });
    if (after >= until) return {};
    const model::Position step = std::min(until, after + kStep);
    TRY(auto fresh, read_keys(after, step, stop));
    learned_.with([&](Learned& learned) {
      for (auto& [project, keys] : fresh) {
        auto& known = learned.keys[project];
        for (auto& key : keys) {
          if (known.size() < kMaxKeys) known.insert(key);
        }
      }
      learned.until = std::max(learned.until, step);
    });
  }
}

Result<Names::Keys> Names::read_keys(model::Position after, model::Position until, const std::stop_token& stop) {
  Keys found;
  JsonMembers members;
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    const auto projects = batch.integers(0);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      auto& keys = found[projects[row]];
      members.for_each(batch.text(1, row), [&](std::string_view name, ValueType, std::string_view) {
        if (keys.size() < kMaxKeys && !keys.contains(name)) keys.emplace(name);
      });
    }
    return {};
  };
  const std::array<ports::Value, 2> parameters = {static_cast<std::int64_t>(after), static_cast<std::int64_t>(until)};
  CHECK_OK(warehouse_.scan(sql::keys_of_events, parameters, take, stop));
  return found;
}

Result<std::vector<std::string>> Names::events(const Scope& scope) {
  const std::array<ports::Value, 1> parameters = {scope.project.number};
  TRY(const auto answer, warehouse_.query(sql::names_of_events, parameters, scope.stop));
  std::vector<std::string> names;
  for (const auto& row : answer.rows) names.push_back(std::get<std::string>(row[0]));
  return names;
}

Result<std::vector<std::string>> Names::properties(const Scope& scope) {
  CHECK_OK(learn(scope.as_of, scope.stop));
  auto names = learned_.with([&](const Learned& learned) {
    const auto keys = learned.keys.find(scope.project.number);
    return keys == learned.keys.end() ? KeySet() : keys->second;
  });
  for (const auto& column : listed_columns()) names.insert(column.name);
  JsonMembers members;
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      members.for_each(batch.text(0, row), [&](std::string_view name, ValueType, std::string_view) {
        names.insert(std::string(kTraits) + std::string(name));
      });
    }
    return {};
  };
  const std::array<ports::Value, 1> parameters = {scope.project.number};
  CHECK_OK(warehouse_.scan(warehouse::fill(sql::names_of_traits, {{"limit", std::to_string(kNewest)}}), parameters, take, scope.stop));
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace spectrum::query
