#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/breakdown.h"
#include "query/formula.h"
#include "query/scope.h"

namespace spectrum::query {

/// Measures over time: a row of numbers for each series and formula, and for each value of a breakdown.
struct Trends {
  struct Compared {
    TimeRange range;
    std::vector<Number> values;  ///< of the range's own buckets
    Number total;
  };
  struct Row {
    std::string name;
    Combination breakdown;  ///< empty without one
    std::optional<std::size_t> other_values;  ///< of `$other`: so many are poured together
    std::vector<Number> values;
    Number total;  ///< over the whole range, not the sum of the values
    std::optional<Compared> compared;
  };
  std::vector<Bucket> buckets;
  std::vector<bool> complete;  ///< has the bucket ended
  std::vector<Row> rows;
};

/// Answers `POST /api/v1/query/trends`; `body` is the whole request.
Result<Trends> ask_trends(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users behind a number of it: `{"series":"A","bucket":"2026-01-31","breakdown":["pro"]}`; without a bucket those
/// of the total. Ascending.
Result<std::vector<std::int64_t>> trends_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                const Json& select);

}  // namespace spectrum::query
