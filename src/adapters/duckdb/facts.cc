#include "adapters/duckdb/facts.h"

#include "warehouse/sql_text.h"

namespace spectrum::duckdb {
namespace {

/// The columns of fact_events, in the schema's order.
enum Column : std::size_t {
  event_id,
  seq,
  project_id,
  user_id,
  product_id,
  session_id,
  time_id,
  experiment_id,
  variant,
  event_type,
  value,
  amount_minor,
  currency,
  source,
  entity_id,
  status,
  occurred_at,
  received_at,
  anonymous_id,
  properties,
  context
};

}  // namespace

void set_fact(RowWriter& row, model::Position position, const model::Event& event, const FactKeys& keys) {
  row.set(event_id, event.event_id);
  row.set(seq, static_cast<std::int64_t>(position));
  row.set(project_id, event.project_id);
  row.set(user_id, keys.user);
  row.set_or_null(product_id, keys.product);
  row.set_or_null(session_id, keys.session);
  row.set(time_id, keys.minute);
  row.set_or_null(experiment_id, event.experiment_id);
  row.set_or_null(variant, event.variant);
  row.set(event_type, event.event_type);
  row.set_or_null(value, event.value);
  row.set_or_null(amount_minor, event.amount_minor);
  row.set_or_null(currency, event.currency);
  row.set_or_null(source, event.source);
  row.set_or_null(entity_id, event.entity_id);
  row.set_or_null(status, event.status);
  row.set(occurred_at, to_micros(event.occurred_at));
  row.set(received_at, to_micros(event.received_at));
  row.set_or_null(anonymous_id, event.anonymous_id);
  row.set_or_null(properties, event.properties);
  row.set_or_null(context, event.context);
}

Status write_facts(Feed& feed, std::span<const ports::PromotedProperty> promoted, std::size_t count,
                   const IncomingRows::Make& make) {
  const auto& table = warehouse::table(warehouse::kFacts);
  std::vector<ports::Value> places;
  std::string columns, values;
  for (const auto& property : promoted) {
    places.emplace_back(warehouse::json_pointer(property.property));
    const std::string arguments = "(properties, $" + std::to_string(places.size()) + ")";
    columns += ", " + property.text_column + ", " + property.number_column;
    values += ", property_text" + arguments + ", property_number" + arguments;
  }
  return feed.rows(insert_into(table, columns, values), table.columns, count, make, places);
}

}  // namespace spectrum::duckdb
