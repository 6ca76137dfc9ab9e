#include "query/funnel.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_number(JsonWriter& json, std::string_view key, const std::optional<double>& number) {
  json.key(key);
  number ? json.number(*number) : json.null();
}

void write_steps(JsonWriter& json, const std::vector<query::Funnel::Step>& steps) {
  json.key("steps").begin_array();
  for (const auto& step : steps) {
    json.begin_object().key("name").string(step.name).key("count").integer(step.count);
    write_number(json, "of_first", step.of_first);
    write_number(json, "of_previous", step.of_previous);
    json.key("dropped").integer(step.dropped);
    write_number(json, "median_s", step.median_s);
    write_number(json, "p90_s", step.p90_s);
    json.end_object();
  }
  json.end_array();
}

void write_funnel(JsonWriter& json, const query::Funnel& funnel) {
  json.begin_object();
  write_steps(json, funnel.steps);
  json.key("histogram").begin_array();
  for (const auto& bin : funnel.histogram) {
    json.begin_object().key("from_s").number(bin.from_s).key("to_s").number(bin.to_s);
    json.key("count").integer(bin.count).end_object();
  }
  json.end_array();
  if (funnel.breakdown) {
    write_breakdown_rows(json, *funnel.breakdown, [](JsonWriter& rest, const auto& row) { write_steps(rest, row.steps); });
  }
  json.end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto funnel, query::ask_funnel(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_funnel(json, funnel); });
}

}  // namespace

http::Response post_funnel(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
