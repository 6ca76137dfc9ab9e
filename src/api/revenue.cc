#include "query/revenue.h"

#include "api/answer.h"
#include "api/json.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

void write_amount(JsonWriter& json, std::string_view name, const std::optional<std::int64_t>& amount) {
  json.key(name);
  amount ? json.integer(*amount) : json.null();
}

void write_amounts(JsonWriter& json, std::string_view name, const std::vector<std::int64_t>& amounts) {
  json.key(name).begin_array();
  for (const auto amount : amounts) json.integer(amount);
  json.end_array();
}

void write_total(JsonWriter& json, const query::Revenue::Total& total) {
  json.begin_object().key("currency").string(total.currency);
  json.key("gross_minor").integer(total.gross).key("refunds_minor").integer(total.refunds);
  json.key("net_minor").integer(total.net()).key("orders").integer(total.orders).key("buyers").integer(total.buyers);
  write_amount(json, "average_order_minor", total.average_order());
  write_amount(json, "arppu_minor", total.average_per_buyer());
  json.end_object();
}

void write_row(JsonWriter& json, const query::Revenue::Row& row) {
  json.begin_object().key("currency").string(row.currency);
  write_breakdown(json, row.breakdown, row.other_values);
  write_amounts(json, "net_minor", row.net);
  write_amounts(json, "orders", row.orders);
  json.end_object();
}

void write_text(JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  text.empty() ? json.null() : json.string(text);
}

void write_product(JsonWriter& json, const query::Revenue::Product& product) {
  json.begin_object().key("currency").string(product.currency).key("sku").string(product.sku);
  write_text(json, "name", product.name);
  write_text(json, "category", product.category);
  json.key("net_minor").integer(product.net).key("orders").integer(product.orders);
  json.key("buyers").integer(product.buyers).end_object();
}

void write_revenue(JsonWriter& json, const query::Revenue& revenue) {
  json.begin_object().key("totals").begin_array();
  for (const auto& total : revenue.totals) write_total(json, total);
  json.end_array().key("buckets").begin_array();
  for (const auto& bucket : revenue.buckets) json.string(bucket.label);
  json.end_array().key("series").begin_array();
  for (const auto& row : revenue.rows) write_row(json, row);
  json.end_array().key("products").begin_array();
  for (const auto& product : revenue.products) write_product(json, product);
  json.end_array().end_object();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(const auto parameters, parameters_of(body));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto revenue, query::ask_revenue(services.warehouse, question.scope(), body));
  return answer_with_meta(question, [&](JsonWriter& json) { write_revenue(json, revenue); });
}

}  // namespace

http::Response post_revenue(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
