#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/guarded.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// Knows which event types and keys the events of a project have, so that a slip of the pen is refused with the nearest
/// names instead of answered with zeros. What was seen once is remembered. Thread-safe.
class Names {
 public:
  enum class Kind { event, property, trait };

  /// The warehouse has to outlive it.
  explicit Names(ports::Warehouse& warehouse) : warehouse_(warehouse) {}

  /// Refuses a name that nothing in the project has. A project without events knows no wrong names. `place` is the name
  /// as SQL looks for it.
  Status check(const Scope& scope, Kind kind, const std::string& name, const std::string& place, std::string_view pointer);

 private:
  Result<bool> is_seen(const Scope& scope, Kind kind, const std::string& place);
  Result<std::vector<std::string>> events(const Scope& scope);
  Result<std::vector<std::string>> properties(const Scope& scope);

  ports::Warehouse& warehouse_;
  Guarded<std::set<std::tuple<model::ProjectId, Kind, std::string>>> seen_;
};

}  // namespace spectrum::query
