#include "query/actors.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_actor(JsonWriter& json, const query::Actor& actor) {
  json.begin_object().key("user_id").string(actor.user_id).key("anonymous").boolean(actor.is_anonymous);
  json.key("first_seen").string(format_rfc3339(actor.first_seen)).key("last_seen").string(format_rfc3339(actor.last_seen));
  json.key("segment");
  actor.segment.empty() ? json.null() : json.string(actor.segment);
  json.key("traits").raw(actor.traits.empty() ? "{}" : actor.traits).end_object();
}

/// The range and the like are the inner question's; `project` and `at_least` may stand outside as well.
Result<QuestionParameters> parameters_of_both(const Json& body) {
  TRY(const Json* const inner, query::inner_question(body));
  TRY(auto parameters, parameters_of(*inner));
  TRY(const auto outer, parameters_of(body));
  if (outer.project) parameters.project = outer.project;
  parameters.at_least = std::max(parameters.at_least, outer.at_least);
  return parameters;
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of_both(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto actors, query::ask_actors(services.warehouse, question.scope(), body));
  const auto write = [&](JsonWriter& json) {
    json.begin_object().key("users").begin_array();
    for (const auto& actor : actors.users) write_actor(json, actor);
    json.end_array().key("total").integer(actors.total).end_object();
  };
  return answer_with_meta(question, write, &actors.next_cursor);
}

}  // namespace

http::Response post_actors(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
