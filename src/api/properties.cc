#include "query/properties.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_property(JsonWriter& json, const query::Properties::Property& property) {
  json.begin_object().key("name").string(property.name).key("type").string(property.type).key("count").integer(property.count);
  json.key("promoted").boolean(property.is_promoted).key("promoted_because");
  property.is_promoted ? json.string(property.is_declared ? "declared" : "asked_for") : json.null();
  json.key("values").begin_array();
  for (const auto& [value, count] : property.values) {
    json.begin_object().key("value").string(value).key("count").integer(count).end_object();
  }
  json.end_array().end_object();
}

void write_properties(JsonWriter& json, const query::Properties& properties) {
  json.begin_object().key("events").begin_array();
  for (const auto& event : properties.events) {
    json.begin_object().key("event_type").string(event.name).key("count").integer(event.count);
    json.key("last_seen").string(format_rfc3339(event.last_seen)).end_object();
  }
  json.end_array().key("properties").begin_array();
  for (const auto& property : properties.properties) write_property(json, property);
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(auto question, Question::open(services, exchange, parameters));
  TRY(const auto properties, query::ask_properties(services.warehouse, question.scope(), body));
  if (properties.has_older) {
    question.warn("properties are those of the newest " + std::to_string(properties.looked_at) + " events of the range");
  }
  return answer_with_meta(question, [&](JsonWriter& json) { write_properties(json, properties); });
}

}  // namespace

http::Response post_properties(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
