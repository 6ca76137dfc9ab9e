#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// What there is to ask about: the event types of a range, and the properties of its events.
struct Properties {
  struct EventType {
    std::string name;
    std::int64_t count = 0;
    Timestamp last_seen;
  };
  struct Value {
    std::string value;
    std::int64_t count = 0;
  };
  struct Property {
    std::string name;
    std::string type;  ///< text, number, boolean, object, list or mixed
    std::int64_t count = 0;
    std::vector<Value> values;  ///< the most frequent
    bool is_promoted = false;   ///< has a column of its own, so that questions about it are fast
    bool is_declared = false;   ///< has it because it is declared, not because it is asked for often
  };
  std::vector<EventType> events;      ///< the most frequent first
  std::vector<Property> properties;   ///< the most frequent first
  std::int64_t looked_at = 0;         ///< so many events, the newest, were looked at for properties
  bool has_older = false;             ///< there are events that were not
};

/// Answers `POST /api/v1/query/properties`; `body` is the whole request.
Result<Properties> ask_properties(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

}  // namespace spectrum::query
