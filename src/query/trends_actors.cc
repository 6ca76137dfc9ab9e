#include <algorithm>

#include "query/failure.h"
#include "query/fields.h"
#include "query/sql.h"
#include "query/trends.h"
#include "query/trends_question.h"
#include "query/users_of_events.h"

namespace spectrum::query {
namespace {

Result<const Series*> find_series(const TrendsQuestion& question, const std::string& name) {
  const auto found = std::ranges::find(question.series, name, &Series::name);
  if (found != question.series.end()) return &*found;
  if (std::ranges::find(question.formula_texts, name) != question.formula_texts.end()) {
    return refuse("/select/series", "a formula has no users of its own; choose one of its series");
  }
  std::string known;
  for (const auto& series : question.series) known += (known.empty() ? "" : ", ") + series.name;
  return refuse("/select/series", "must name a series: " + known);
}

/// What a measure looks at beyond the event itself.
Result<std::string> measured_condition(const Series& series, FilterCompiler& compiler) {
  if (series.measure == Measure::sessions) return std::string("e.session_id IS NOT NULL");
  if (!is_of_numbers(series.measure)) return std::string("TRUE");
  TRY(const auto property, compiler.property(series.property, series.pointer + "/property"));
  return property.number + " IS NOT NULL";
}

}  // namespace

Result<std::vector<std::int64_t>> trends_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                const Json& select) {
  CHECK_OK(check_members(select, "/select", {"series", "bucket", "breakdown"}));
  TRY(const auto question, TrendsQuestion::parse(body));
  TRY(const auto name, text_member(select, "/select", "series", question.series.front().name));
  TRY(const auto* const series, find_series(question, name));
  TRY(const auto label, text_member(select, "/select", "bucket", ""));
  TRY(const auto axis, Axis::of(scope.range, question.interval, question.rolling - 1));
  TRY(auto range, axis.time_of(label));
  if (label.empty()) range = scope.range;
  FilterCompiler compiler = begin_parameters(scope, range);
  TRY(auto condition, condition_of(*series, question, compiler));
  TRY(const auto measured, measured_condition(*series, compiler));
  condition += " AND " + measured;
  if (select.find("breakdown")) {
    TRY(const auto wanted, breakdown_member(select, question.breakdown.properties.size()));
    TRY(const auto ranking, rank_events(warehouse, scope, question));
    TRY(const auto of_row, condition_of(wanted, ranking, question.breakdown, compiler));
    condition += " AND " + of_row;
  }
  return users_of_events(warehouse, range, compiler, condition, scope.stop);
}

}  // namespace spectrum::query
