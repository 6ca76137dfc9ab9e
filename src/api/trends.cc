#include "query/trends.h"

#include <cmath>

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

/// Whole numbers without an exponent, as counts are read.
void write_number(JsonWriter& json, const query::Number& number) {
  constexpr double kLargestExact = 0x1p53;
  if (!number) {
    json.null();
  } else if (*number == std::trunc(*number) && std::abs(*number) < kLargestExact) {
    json.integer(static_cast<std::int64_t>(*number));
  } else {
    json.number(*number);
  }
}

void write_numbers(JsonWriter& json, const std::vector<query::Number>& values, const query::Number& total) {
  json.key("values").begin_array();
  for (const auto& value : values) write_number(json, value);
  json.end_array().key("total");
  write_number(json, total);
}

void write_row(JsonWriter& json, const query::Trends::Row& row) {
  json.begin_object().key("name").string(row.name);
  if (!row.breakdown.empty()) write_breakdown(json, row.breakdown, row.other_values);
  write_numbers(json, row.values, row.total);
  if (row.compared) {
    const auto& [from, until, zone] = row.compared->range;
    json.key("compare").begin_object().key("from").string(zone.format(from)).key("to").string(zone.format(until));
    write_numbers(json, row.compared->values, row.compared->total);
    json.end_object();
  }
  json.end_object();
}

void write_trends(JsonWriter& json, const query::Trends& trends) {
  json.begin_object().key("buckets").begin_array();
  for (const auto& bucket : trends.buckets) json.string(bucket.label);
  json.end_array().key("complete").begin_array();
  for (const bool complete : trends.complete) json.boolean(complete);
  json.end_array().key("series").begin_array();
  for (const auto& row : trends.rows) write_row(json, row);
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
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
