#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// Who came, who came back and who stayed away, bucket by bucket.
struct Lifecycle {
  std::vector<Bucket> buckets;
  std::vector<std::int64_t> fresh;         ///< `new`: did it for the first time ever
  std::vector<std::int64_t> returning;     ///< and in the bucket before
  std::vector<std::int64_t> resurrecting;  ///< not in the bucket before, but earlier
  std::vector<std::int64_t> dormant;       ///< in the bucket before, not in this one
};

/// Answers `POST /api/v1/query/lifecycle`; `body` is the whole request.
Result<Lifecycle> ask_lifecycle(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users whom `{"bucket":"2026-03-02","state":"new"}` chooses, ascending.
Result<std::vector<std::int64_t>> lifecycle_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                   const Json& select);

}  // namespace spectrum::query
