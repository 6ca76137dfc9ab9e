#include "query/ledger.h"

#include "api/answer.h"
#include "api/question.h"

namespace spectrum::api {
namespace {

Status add_limited(const Services& services, const Question& question,
                   std::vector<query::LedgerEntry>& entries) {
  for (const auto& taken : services.intake.take_limited()) {
    CHECK_OK(services.limited.add(taken.project, taken.hour, static_cast<std::int64_t>(taken.events)));
  }
  const query::Scope& scope = question.scope();
  TRY(const auto hours, services.limited.by_hour(scope.project.number, scope.range.from, scope.range.until));
  for (auto& entry : entries) {
    for (auto hour = hours.lower_bound(entry.bucket.start); hour != hours.end() && hour->first < entry.bucket.end; ++hour) {
      entry.limited += hour->second;
    }
  }
  return {};
}

void write_ledger(JsonWriter& json, const std::vector<query::LedgerEntry>& entries) {
  json.begin_array();
  for (const auto& entry : entries) {
    json.begin_object().key("bucket").string(entry.bucket.label);
    json.key("received").integer(entry.received()).key("stored").integer(entry.stored);
    json.key("duplicate").integer(entry.duplicate).key("quarantined").integer(entry.quarantined);
    json.key("limited").integer(entry.limited).key("erased").integer(entry.erased).end_object();
  }
  json.end_array();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  const auto& request = exchange.request;
  TRY(const auto parameters, parameters_of(request));
  const auto interval_text = request.query_value("interval");
  TRY(const auto interval, query::parse_interval(interval_text.empty() ? "day" : interval_text, "/interval"));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(auto entries, query::ask_ledger(services.warehouse, question.scope(), interval));
  CHECK_OK(add_limited(services, question, entries));
  return answer_with_meta(question, [&](JsonWriter& json) { write_ledger(json, entries); });
}

}  // namespace

http::Response get_ledger(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
