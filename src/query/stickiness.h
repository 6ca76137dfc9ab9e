#pragma once

#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// How many users did it in exactly so many intervals of the range: that of one interval first.
struct Stickiness {
  std::vector<std::int64_t> users;
};

/// Answers `POST /api/v1/query/stickiness`; `body` is the whole request.
Result<Stickiness> ask_stickiness(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users whom `{"units":n}` chooses, ascending.
Result<std::vector<std::int64_t>> stickiness_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                    const Json& select);

}  // namespace spectrum::query
