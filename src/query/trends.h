#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

enum class Measure { count, unique_users };

/// Counts over time: one row of numbers per series.
struct Trends {
  std::vector<Bucket> buckets;
  std::vector<bool> complete;  ///< has the bucket ended
  struct Series {
    std::string name;
    std::vector<std::int64_t> values;
    std::int64_t total = 0;  ///< over the whole range, not the sum of the values
  };
  std::vector<Series> series;
};

/// Answers `POST /api/v1/query/trends`; `body` is the whole request.
Result<Trends> ask_trends(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

}  // namespace spectrum::query
