#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/guarded.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// Knows which event types and keys the events of a project have, so that a slip of the pen is refused with the nearest
/// names instead of answered with zeros. What was seen once is remembered. The keys of `properties` are learned from all
/// events once, and later from those that came since. Thread-safe.
class Names {
 public:
  enum class Kind { event, property, trait };

  /// The warehouse has to outlive it.
  explicit Names(ports::Warehouse& warehouse) : warehouse_(warehouse) {}

  /// Refuses a name that nothing in the project has. A project without events knows no wrong names. `key` is the name
  /// without what says of which kind it is.
  Status check(const Scope& scope, Kind kind, const std::string& name, const std::string& key, std::string_view pointer);

  /// Learns the keys of the events up to a position, so that no question has to wait for it.
  Status learn(model::Position until, const std::stop_token& stop);

 private:
  using KeySet = std::set<std::string, std::less<>>;
  using Keys = std::map<model::ProjectId, KeySet>;
  /// What all events up to a position have.
  struct Learned {
    model::Position until = 0;
    Keys keys;
  };

  Result<Keys> read_keys(model::Position after, model::Position until, const std::stop_token& stop);
  Result<bool> is_seen(const Scope& scope, Kind kind, const std::string& key);
  Result<std::vector<std::string>> events(const Scope& scope);
  Result<std::vector<std::string>> properties(const Scope& scope);

  ports::Warehouse& warehouse_;
  Guarded<Learned> learned_;
  Guarded<std::set<std::tuple<model::ProjectId, Kind, std::string>>> seen_;
};

}  // namespace spectrum::query
