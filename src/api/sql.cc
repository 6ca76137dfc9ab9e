#include <algorithm>

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "api/question.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

constexpr std::int64_t kMostRows = 10'000;
constexpr std::size_t kMaxSqlBytes = 100'000;
constexpr std::size_t kMaxParameters = 1'000;
/// SQL reads the lake: a question brings it up to date when it lags and was not so for this long.
constexpr std::chrono::seconds kFresh{15};
constexpr int kAttempts = 3;  ///< to link files that a merge may replace meanwhile

Result<ports::Value> parameter_of(const Json& value, const std::string& pointer) {
  if (value.is_null()) return ports::Value();
  if (const auto* const flag = value.boolean()) return ports::Value(*flag);
  if (const auto* const whole = value.integer()) return ports::Value(*whole);
  if (const auto* const number = value.number()) return ports::Value(*number);
  if (const auto* const text = value.string()) return ports::Value(*text);
  return query::refuse(pointer, "must be text, a number, a boolean or null");
}

Result<ports::SqlQuestion> read_question(const Json& body) {
  CHECK_OK(query::check_members(body, "", {"sql", "parameters", "limit", "project", "at_least"}));
  ports::SqlQuestion question;
  TRY(question.sql, query::text_member(body, "", "sql", ""));
  if (question.sql.empty()) return query::refuse("/sql", "is missing: a SELECT such as SELECT count(*) FROM fact_events");
  if (question.sql.size() > kMaxSqlBytes) {
    return query::refuse("/sql", "is longer than " + std::to_string(kMaxSqlBytes) + " bytes");
  }
  if (const Json* const list = body.find("parameters"); list && !list->is_null()) {
    if (!list->array() || list->array()->size() > kMaxParameters) {
      return query::refuse("/parameters", "must be a list of at most " + std::to_string(kMaxParameters) + " values, for $1, $2, …");
    }
    for (const auto& value : *list->array()) {
      TRY(auto parameter, parameter_of(value, "/parameters/" + std::to_string(question.parameters.size())));
      question.parameters.push_back(std::move(parameter));
    }
  }
  if (const Json* const limit = body.find("limit"); limit && !limit->is_null()) {
    const auto* const rows = limit->integer();
    if (!rows || *rows < 1 || *rows > kMostRows) {
      return query::refuse("/limit", "must be between 1 and " + std::to_string(kMostRows));
    }
    question.limit = *rows;
  }
  return question;
}

/// Brings the lake up to date when the question needs it, or when it is time. Failing to is no failure of the question
/// unless it needs it.
Status refresh(const Services& services, model::Position needed, model::Position newest) {
  const auto status = services.exporter.status();
  const bool needs = status.position < needed;
  const bool is_old = status.position < newest && (!status.last_run || services.clock.now() - *status.last_run >= kFresh);
  if (!needs && !is_old) return {};
  const Status done = services.exporter.run_once();
  return needs ? done : Status();
}

Result<http::Response> answer(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  TRY(auto question, read_question(body));
  TRY(const auto parameters, parameters_of(body));
  TRY(auto asked, Question::open(services, exchange, parameters));
  question.project = asked.scope().project.number;
  CHECK_OK(refresh(services, parameters.at_least, asked.scope().as_of));
  for (int attempt = 1;; ++attempt) {
    const auto manifest = services.lake.manifest();
    auto rows = services.sql.run(question, services.lake.contents(), asked.scope().stop);
    if (!rows && rows.error().code == Errc::not_found && attempt < kAttempts) continue;
    if (!rows) return rows.error();
    asked.answered_from(manifest.position, manifest.created_at);
    return answer_with_meta(asked, [&](JsonWriter& json) { json.raw(*rows); });
  }
}

}  // namespace

http::Response post_sql(const Services& services, const Exchange& exchange) {
  return answered(answer(services, exchange));
}

}  // namespace spectrum::api
