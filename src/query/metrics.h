#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/trends.h"

namespace spectrum::query {

/// The overview of `GET /metrics`.
struct Metrics {
  struct Counts {
    std::int64_t count = 0;
    std::int64_t users = 0;
  };
  struct Type : Counts {
    std::string event_type;
  };
  Counts total;
  std::vector<Type> by_type;  ///< most frequent first
  std::vector<Bucket> buckets;
  std::vector<Counts> series;  ///< one per bucket
};

/// `event_type`: empty for all.
Result<Metrics> ask_metrics(ports::Warehouse& warehouse, const Scope& scope, const std::string& event_type,
                            Interval interval);

}  // namespace spectrum::query
