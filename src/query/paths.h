#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// What users do one after the other in their visits.
struct Paths {
  struct Path {
    std::vector<std::string> events;
    std::int64_t count = 0;  ///< visits
    std::int64_t users = 0;
  };
  /// From position `step`, counted from 1, to the next one.
  struct Edge {
    std::size_t step = 0;
    std::string from;
    std::string to;
    std::int64_t count = 0;
    std::int64_t users = 0;
  };
  std::vector<Path> paths;  ///< the most frequent
  std::vector<Edge> edges;  ///< of all paths, by step, then by count
};

/// Answers `POST /api/v1/query/paths`; `body` is the whole request.
Result<Paths> ask_paths(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users whom `{"path":[…]}` or `{"step":1,"from":…,"to":…}` chooses, ascending.
Result<std::vector<std::int64_t>> paths_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                               const Json& select);

}  // namespace spectrum::query
