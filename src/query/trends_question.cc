#include "query/trends_question.h"

#include <algorithm>

#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxSeries = 20;
constexpr std::size_t kMaxFormulas = 20;
Result<Series> parse_series(const Json& selector, std::size_t index) {
  Series series;
  series.selector = &selector;
  series.pointer = "/series/" + std::to_string(index);
  CHECK_OK(check_members(selector, series.pointer, {"event", "filters", "measure", "property", "name"}));
  TRY(const auto measure, text_member(selector, series.pointer, "measure", "count"));
  TRY(series.measure, parse_measure(measure, series.pointer + "/measure"));
  TRY(series.property, text_member(selector, series.pointer, "property", "value"));
  TRY(series.name, text_member(selector, series.pointer, "name", std::string(1, static_cast<char>('A' + index))));
  return series;
}

Result<std::vector<Series>> parse_all_series(const Json& body) {
  const Json* const list = body.find("series");
  if (!list || !list->array() || list->array()->empty()) {
    return refuse("/series", "must be a list with at least one series, such as [{\"event\":\"page_view\"}]");
  }
  if (list->array()->size() > kMaxSeries) {
    return refuse("/series", "must not hold more than " + std::to_string(kMaxSeries) + " series");
  }
  std::vector<Series> all;
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    TRY(auto series, parse_series((*list->array())[i], i));
    if (std::ranges::find(all, series.name, &Series::name) != all.end()) {
      return refuse(series.pointer + "/name", "two series are called '" + series.name + "'");
    }
    all.push_back(std::move(series));
  }
  return all;
}

Status parse_formulas(const Json& body, TrendsQuestion& question) {
  const Json* const list = body.find("formulas");
  if (!list || list->is_null()) return {};
  if (!list->array()) return refuse("/formulas", "must be a list of formulas, such as [\"A / B\"]");
  if (list->array()->size() > kMaxFormulas) {
    return refuse("/formulas", "must not hold more than " + std::to_string(kMaxFormulas) + " formulas");
  }
  std::vector<std::string> names;
  for (const auto& series : question.series) names.push_back(series.name);
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const std::string pointer = "/formulas/" + std::to_string(i);
    const auto* const text = (*list->array())[i].string();
    if (!text) return refuse(pointer, "must be text such as \"A / B\"");
    TRY(auto formula, Formula::parse(*text, names, pointer));
    question.formula_texts.push_back(*text);
    question.formulas.push_back(std::move(formula));
  }
  return {};
}

Result<std::size_t> parse_rolling(const Json& body, const TrendsQuestion& question) {
  const Json* const rolling = body.find("rolling");
  if (!rolling || rolling->is_null()) return std::size_t{1};
  if (!rolling->integer() || (*rolling->integer() != 7 && *rolling->integer() != 28)) return refuse("/rolling", "must be 7 or 28");
  const bool counts_users = std::ranges::all_of(
      question.series, [](const Series& series) { return series.measure == Measure::unique_users; });
  if (question.interval != Interval::day || !counts_users) {
    return refuse("/rolling", "goes with the measure unique_users by day only");
  }
  return static_cast<std::size_t>(*rolling->integer());
}

Result<Compare> parse_compare(const Json& body) {
  TRY(const auto compare, text_member(body, "", "compare", ""));
  if (compare.empty()) return Compare::nothing;
  if (compare == "previous_period") return Compare::previous_period;
  if (compare == "previous_year") return Compare::previous_year;
  return refuse("/compare", "must be previous_period or previous_year");
}

}  // namespace

Result<TrendsQuestion> TrendsQuestion::parse(const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "series", "interval",
                                    "formulas", "breakdown", "top", "compare", "rolling"}));
  TrendsQuestion question;
  TRY(const auto interval, text_member(body, "", "interval", "day"));
  TRY(question.interval, parse_interval(interval, "/interval"));
  TRY(question.series, parse_all_series(body));
  CHECK_OK(parse_formulas(body, question));
  TRY(question.breakdown, BreakdownOptions::parse(body));
  TRY(question.compare, parse_compare(body));
  TRY(question.rolling, parse_rolling(body, question));
  question.filters = body.find("filters");
  return question;
}

Result<std::string> condition_of(const Series& series, const TrendsQuestion& question, FilterCompiler& compiler) {
  TRY(const auto selected, compiler.selector(*series.selector, series.pointer));
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  return selected + " AND " + filtered;
}

Result<Ranking> rank_events(ports::Warehouse& warehouse, const Scope& scope, const TrendsQuestion& question) {
  FilterCompiler compiler = begin_parameters(scope, scope.range);
  std::string any;
  for (const auto& series : question.series) {
    TRY(const auto selected, compiler.selector(*series.selector, series.pointer));
    any += (any.empty() ? "(" : " OR ") + selected;
  }
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  return rank(warehouse, scope, question.breakdown, std::move(compiler), any + ") AND " + filtered);
}

Result<Axis> Axis::of(const TimeRange& range, Interval interval, std::size_t lead) {
  Axis axis{range, {}, lead};
  TRY(axis.buckets, make_buckets(range, interval));
  if (lead == 0) return axis;
  const std::size_t wanted = axis.buckets.size() + lead;
  // Some days more than needed, for not all have 24 hours; the first of them go.
  axis.range.from = axis.buckets.front().start - std::chrono::days(lead + 2);
  TRY(axis.buckets, make_buckets(axis.range, interval));
  axis.buckets.erase(axis.buckets.begin(), axis.buckets.end() - static_cast<std::ptrdiff_t>(wanted));
  axis.range.from = axis.buckets.front().start;
  return axis;
}

Result<TimeRange> Axis::time_of(const std::string& label) const {
  if (label.empty()) return TimeRange{std::max(buckets[lead].start, range.from), range.until, range.zone};
  for (std::size_t i = lead; i < buckets.size(); ++i) {
    if (buckets[i].label != label) continue;
    return TimeRange{std::max(buckets[i - lead].start, range.from), std::min(buckets[i].end, range.until), range.zone};
  }
  return refuse("/select/bucket", "must be one of the question's buckets, such as '" + buckets.back().label + "'");
}

}  // namespace spectrum::query
