#include "query/retention.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_table(JsonWriter& json, const query::Retention::Table& table) {
  json.key("cohorts").begin_array();
  for (const auto& cohort : table.cohorts) {
    json.begin_object().key("start").string(cohort.start).key("size").integer(cohort.size).key("cells").begin_array();
    for (std::size_t n = 0; n < cohort.cells.size(); ++n) {
      const auto& cell = cohort.cells[n];
      json.begin_object().key("n").integer(static_cast<std::int64_t>(n)).key("count").integer(cell.count);
      json.key("rate").number(cell.rate).key("complete").boolean(cell.is_complete).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("mean").begin_array();
  for (std::size_t n = 0; n < table.mean.size(); ++n) {
    json.begin_object().key("n").integer(static_cast<std::int64_t>(n)).key("rate");
    table.mean[n].rate ? json.number(*table.mean[n].rate) : json.null();
    json.key("cohorts").integer(table.mean[n].cohorts).end_object();
  }
  json.end_array();
}

void write_retention(JsonWriter& json, const query::Retention& retention) {
  json.begin_object();
  write_table(json, retention.table);
  if (retention.breakdown) {
    write_breakdown_rows(json, *retention.breakdown, [](JsonWriter& rest, const auto& row) { write_table(rest, row.table); });
  }
  json.end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto retention, query::ask_retention(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_retention(json, retention); });
}

}  // namespace

http::Response post_retention(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
