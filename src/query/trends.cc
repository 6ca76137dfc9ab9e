#include "query/trends.h"

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxSeries = 20;

Result<Measure> parse_measure(const std::string& text, const std::string& pointer) {
  if (text == "count") return Measure::count;
  if (text == "unique_users") return Measure::unique_users;
  return refuse(pointer, "must be count or unique_users");
}

std::string default_name(std::size_t index) { return std::string(1, static_cast<char>('A' + index)); }

Result<Trends::Series> ask_series(ports::Warehouse& warehouse, const Scope& scope, const Json& body, const Json& series,
                                  const std::vector<Bucket>& buckets, std::size_t index) {
  const std::string pointer = "/series/" + std::to_string(index);
  CHECK_OK(check_members(series, pointer, {"event", "filters", "measure", "name"}));
  TRY(const auto measure_text, text_member(series, pointer, "measure", "count"));
  TRY(const Measure measure, parse_measure(measure_text, pointer + "/measure"));
  TRY(const auto name, text_member(series, pointer, "name", default_name(index)));

  FilterCompiler compiler;
  compiler.parameter(scope.project.number);
  compiler.parameter(scope.range.from);
  compiler.parameter(scope.range.until);
  compiler.parameter(static_cast<std::int64_t>(scope.as_of));
  TRY(const auto selected, compiler.selector(series, pointer));
  TRY(const auto filtered, compiler.filters(body.find("filters"), "/filters"));
  const auto sql = warehouse::fill(sql::trends, {{"bucket", bucket_expression(buckets, "e.time_id")},
                                      {"joins", compiler.joins()},
                                      {"condition", selected + " AND " + filtered}});
  TRY(const auto rows, warehouse.query(sql, compiler.parameters(), scope.stop));

  Trends::Series answer;
  answer.name = name;
  answer.values.assign(buckets.size(), 0);
  for (const auto& row : rows.rows) {
    const auto value = std::get<std::int64_t>(row[measure == Measure::count ? 1 : 2]);
    if (const auto* const bucket = std::get_if<std::int64_t>(&row[0])) {
      answer.values[static_cast<std::size_t>(*bucket)] = value;
    } else {
      answer.total = value;
    }
  }
  return answer;
}

}  // namespace

Result<Trends> ask_trends(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "series",
                                    "interval"}));
  TRY(const auto interval_text, text_member(body, "", "interval", "day"));
  TRY(const Interval interval, parse_interval(interval_text, "/interval"));
  const Json* const series = body.find("series");
  if (!series || !series->array() || series->array()->empty()) {
    return refuse("/series", "must be a list with at least one series, such as [{\"event\":\"page_view\"}]");
  }
  if (series->array()->size() > kMaxSeries) {
    return refuse("/series", "must not hold more than " + std::to_string(kMaxSeries) + " series");
  }
  Trends trends;
  TRY(trends.buckets, make_buckets(scope.range, interval));
  for (const auto& bucket : trends.buckets) trends.complete.push_back(bucket.end <= scope.now);
  for (std::size_t i = 0; i < series->array()->size(); ++i) {
    TRY(auto answer, ask_series(warehouse, scope, body, (*series->array())[i], trends.buckets, i));
    trends.series.push_back(std::move(answer));
  }
  return trends;
}

}  // namespace spectrum::query
