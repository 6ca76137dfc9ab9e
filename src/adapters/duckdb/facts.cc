#include "adapters/duckdb/facts.h"

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

Result<Facts> Facts::open(Connection& connection) {
  TRY(auto rows, TableWriter::to_table(connection, warehouse::table(warehouse::kFacts)));
  return Facts(std::move(rows));
}

Status Facts::add(model::Position position, const model::Event& event, const FactKeys& keys) {
  rows_.set(event_id, event.event_id);
  rows_.set(seq, static_cast<std::int64_t>(position));
  rows_.set(project_id, event.project_id);
  rows_.set(user_id, keys.user);
  rows_.set_or_null(product_id, keys.product);
  rows_.set_or_null(session_id, keys.session);
  rows_.set(time_id, keys.minute);
  rows_.set_or_null(experiment_id, event.experiment_id);
  rows_.set_or_null(variant, event.variant);
  rows_.set(event_type, event.event_type);
  rows_.set_or_null(value, event.value);
  rows_.set_or_null(amount_minor, event.amount_minor);
  rows_.set_or_null(currency, event.currency);
  rows_.set_or_null(source, event.source);
  rows_.set_or_null(entity_id, event.entity_id);
  rows_.set_or_null(status, event.status);
  rows_.set(occurred_at, to_micros(event.occurred_at));
  rows_.set(received_at, to_micros(event.received_at));
  rows_.set_or_null(anonymous_id, event.anonymous_id);
  rows_.set_or_null(properties, event.properties);
  rows_.set_or_null(context, event.context);
  return rows_.next_row();
}

}  // namespace spectrum::duckdb
