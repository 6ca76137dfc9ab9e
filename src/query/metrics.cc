#include "query/metrics.h"

#include <array>

#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

// GROUPING() of the three sets in metrics.sql.
constexpr std::int64_t kByBucket = 1;
constexpr std::int64_t kByType = 2;

}  // namespace

Result<Metrics> ask_metrics(ports::Warehouse& warehouse, const Scope& scope, const std::string& event_type,
                            Interval interval) {
  Metrics metrics;
  TRY(metrics.buckets, make_buckets(scope.range, interval));
  metrics.series.resize(metrics.buckets.size());
  const auto sql = warehouse::fill(sql::metrics, {{"bucket", bucket_expression(metrics.buckets, "e.time_id")}});
  const std::array<ports::Value, 5> parameters = {scope.project.number, scope.range.from, scope.range.until,
                                                  static_cast<std::int64_t>(scope.as_of), event_type};
  TRY(const auto rows, warehouse.query(sql, parameters, scope.stop));
  for (const auto& row : rows.rows) {
    const Metrics::Counts counts{std::get<std::int64_t>(row[3]), std::get<std::int64_t>(row[4])};
    const auto kind = std::get<std::int64_t>(row[2]);
    if (kind == kByBucket) {
      metrics.series[static_cast<std::size_t>(std::get<std::int64_t>(row[0]))] = counts;
    } else if (kind == kByType) {
      metrics.by_type.push_back({counts, std::get<std::string>(row[1])});
    } else {
      metrics.total = counts;
    }
  }
  return metrics;
}

}  // namespace spectrum::query
