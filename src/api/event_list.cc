#include "api/event_list.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_text(JsonWriter& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.key(name).string(text);
}

void write_product(JsonWriter& json, const query::EventRow& event) {
  json.key("product").begin_object().key("sku").string(event.sku);
  write_text(json, "name", event.product_name);
  write_text(json, "category", event.category);
  if (event.price_usd) json.key("price_usd").number(*event.price_usd);
  json.end_object();
}

}  // namespace

void write_event(JsonWriter& json, const query::EventRow& event) {
  json.begin_object().key("event_id").string(event.event_id).key("event_type").string(event.event_type);
  json.key("user").begin_object().key("id").string(event.user_id).key("anonymous").boolean(event.is_anonymous).end_object();
  json.key("timestamp").string(format_rfc3339(event.occurred_at)).key("received_at").string(format_rfc3339(event.received_at));
  json.key("position").integer(static_cast<std::int64_t>(event.position));
  write_text(json, "anonymous_id", event.anonymous_id);
  write_text(json, "session_id", event.session_id);
  if (event.value) json.key("value").number(*event.value);
  if (event.amount_minor) json.key("amount_minor").integer(*event.amount_minor);
  write_text(json, "currency", event.currency);
  if (!event.sku.empty()) write_product(json, event);
  write_text(json, "experiment_id", event.experiment_id);
  write_text(json, "variant", event.variant);
  write_text(json, "source", event.source);
  write_text(json, "entity_id", event.entity_id);
  write_text(json, "status", event.status);
  if (!event.properties.empty()) json.key("properties").raw(event.properties);
  if (!event.context.empty()) json.key("context").raw(event.context);
  json.end_object();
}

namespace {

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto list, query::ask_events(services.warehouse, question.scope(), body));
  const auto write = [&](JsonWriter& json) {
    json.begin_array();
    for (const auto& event : list.rows) write_event(json, event);
    json.end_array();
  };
  return answer_with_meta(question, write, &list.next_cursor);
}

}  // namespace

http::Response post_event_list(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
