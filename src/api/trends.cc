#include "query/trends.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_trends(JsonWriter& json, const query::Trends& trends) {
  json.begin_object().key("buckets").begin_array();
  for (const auto& bucket : trends.buckets) json.string(bucket.label);
  json.end_array().key("complete").begin_array();
  for (const bool complete : trends.complete) json.boolean(complete);
  json.end_array().key("series").begin_array();
  for (const auto& series : trends.series) {
    json.begin_object().key("name").string(series.name).key("values").begin_array();
    for (const auto value : series.values) json.integer(value);
    json.end_array().key("total").integer(series.total).end_object();
  }
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto trends, query::ask_trends(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_trends(json, trends); });
}

}  // namespace

http::Response post_trends(const Services& services, const Exchange& exchange) {
  auto response = answer(services, exchange);
  return response ? std::move(response).value() : error_answer(response.error());
}

}  // namespace spectrum::api
