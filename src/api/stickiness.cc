#include "query/stickiness.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_stickiness(JsonWriter& json, const query::Stickiness& stickiness) {
  json.begin_object().key("units").begin_array();
  for (std::size_t i = 0; i < stickiness.users.size(); ++i) {
    json.begin_object().key("n").integer(static_cast<std::int64_t>(i + 1));
    json.key("users").integer(stickiness.users[i]).end_object();
  }
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto stickiness, query::ask_stickiness(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_stickiness(json, stickiness); });
}

}  // namespace

http::Response post_stickiness(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
