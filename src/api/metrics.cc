#include "api/answer.h"
#include "api/question.h"
#include "query/metrics.h"

namespace spectrum::api {
namespace {

void write_counts(JsonWriter& json, const query::Metrics::Counts& counts) {
  json.key("count").integer(counts.count).key("users").integer(counts.users).end_object();
}

void write_metrics(JsonWriter& json, const query::Metrics& metrics) {
  json.begin_object();
  json.key("total_events").integer(metrics.total.count).key("unique_users").integer(metrics.total.users);
  json.key("by_type").begin_array();
  for (const auto& type : metrics.by_type) {
    json.begin_object().key("event_type").string(type.event_type);
    write_counts(json, type);
  }
  json.end_array().key("series").begin_array();
  for (std::size_t i = 0; i < metrics.buckets.size(); ++i) {
    json.begin_object().key("bucket").string(metrics.buckets[i].label);
    write_counts(json, metrics.series[i]);
  }
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  const auto& request = exchange.request;
  TRY(const auto parameters, parameters_of(request));
  const auto interval_text = request.query_value("interval");
  TRY(const auto interval, query::parse_interval(interval_text.empty() ? "day" : interval_text, "/interval"));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto metrics,
      query::ask_metrics(services.warehouse, question.scope(), request.query_value("event_type"), interval));
  return answer_with_meta(question, [&](JsonWriter& json) { write_metrics(json, metrics); });
}

}  // namespace

http::Response get_metrics(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
