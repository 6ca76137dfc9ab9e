#include "query/lifecycle.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_counts(JsonWriter& json, std::string_view key, const std::vector<std::int64_t>& counts) {
  json.key(key).begin_array();
  for (const auto count : counts) json.integer(count);
  json.end_array();
}

void write_lifecycle(JsonWriter& json, const query::Lifecycle& lifecycle) {
  json.begin_object().key("buckets").begin_array();
  for (const auto& bucket : lifecycle.buckets) json.string(bucket.label);
  json.end_array();
  write_counts(json, "new", lifecycle.fresh);
  write_counts(json, "returning", lifecycle.returning);
  write_counts(json, "resurrecting", lifecycle.resurrecting);
  write_counts(json, "dormant", lifecycle.dormant);
  json.end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto lifecycle, query::ask_lifecycle(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_lifecycle(json, lifecycle); });
}

}  // namespace

http::Response post_lifecycle(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
