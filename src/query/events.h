#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// An event with every field that was sent; texts that were not are empty. What is known of its product is the latest.
struct EventRow {
  std::string event_id, event_type, user_id;
  bool is_anonymous = false;
  Timestamp occurred_at, received_at;
  model::Position position = 0;
  std::string anonymous_id, session_id, sku, product_name, category, experiment_id, variant, source, entity_id, status, currency;
  std::optional<double> price_usd, value;
  std::optional<std::int64_t> amount_minor;
  std::string properties, context;  ///< JSON objects
};

struct EventList {
  std::vector<EventRow> rows;  ///< newest first by (timestamp, position)
  std::string next_cursor;     ///< empty: there are no more
};

/// Answers `POST /api/v1/query/events`; `body` is the whole request.
Result<EventList> ask_events(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

}  // namespace spectrum::query
