#include "query/paths.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_paths(JsonWriter& json, const query::Paths& paths) {
  json.begin_object().key("paths").begin_array();
  for (const auto& path : paths.paths) {
    json.begin_object().key("events").begin_array();
    for (const auto& event : path.events) json.string(event);
    json.end_array().key("count").integer(path.count).key("users").integer(path.users).end_object();
  }
  json.end_array().key("edges").begin_array();
  for (const auto& edge : paths.edges) {
    json.begin_object().key("step").integer(static_cast<std::int64_t>(edge.step));
    json.key("from").string(edge.from).key("to").string(edge.to);
    json.key("count").integer(edge.count).key("users").integer(edge.users).end_object();
  }
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto paths, query::ask_paths(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_paths(json, paths); });
}

}  // namespace

http::Response post_paths(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
