#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// A user as lists of people show one.
struct Actor {
  std::string user_id;
  bool is_anonymous = false;
  Timestamp first_seen, last_seen;
  std::string segment;  ///< empty: unknown
  std::string traits;   ///< a JSON object; empty: none
};

/// The people behind a number of another question.
struct Actors {
  std::vector<Actor> users;
  std::int64_t total = 0;
  std::string next_cursor;  ///< empty: there are no more
};

/// The question that `{"of":{"kind":…,"body":…}}` is about; its range and the like are that body's.
Result<const Json*> inner_question(const Json& body);

/// Answers `POST /api/v1/query/actors`; `body` is the whole request and `scope` that of the inner question.
Result<Actors> ask_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

}  // namespace spectrum::query
