#include "api/question.h"

#include <charconv>

#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

constexpr std::chrono::milliseconds kWaitForPosition{5000};

Result<model::Position> parse_position(const std::string& text) {
  model::Position position = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (code != std::errc() || end != text.data() + text.size()) {
    return query::refuse("/at_least", "must be a position, as an answer to an ingest request has it");
  }
  return position;
}

Status wait_until_counted(const Services& services, model::Position at_least) {
  const auto status = services.loader.status();
  if (status.state == load::LoaderState::failed) {
    return unavailable("the warehouse has failed: " + status.message + "; events are still taken and kept");
  }
  if (status.state == load::LoaderState::rebuilding) {
    const auto percent = status.rows_total == 0 ? 0 : status.rows_done * 100 / status.rows_total;
    return unavailable("the warehouse is being rebuilt: " + std::to_string(percent) + " % of " +
                       std::to_string(status.rows_total) + " rows; events are still taken and kept");
  }
  if (at_least == 0 || services.loader.wait_until(at_least, kWaitForPosition)) return {};
  return unavailable("position " + std::to_string(at_least) + " is not counted yet; retry in a moment");
}

}  // namespace

Result<QuestionParameters> parameters_of(const http::Request& request) {
  QuestionParameters parameters{request.query_value("from"), request.query_value("to"), request.query_value("timezone")};
  if (const auto text = request.query_value("at_least"); !text.empty()) {
    TRY(parameters.at_least, parse_position(text));
  }
  return parameters;
}

Result<QuestionParameters> parameters_of(const Json& body) {
  QuestionParameters parameters;
  TRY(parameters.from, query::text_member(body, "", "from", ""));
  TRY(parameters.to, query::text_member(body, "", "to", ""));
  TRY(parameters.timezone, query::text_member(body, "", "timezone", ""));
  const Json* const at_least = body.find("at_least");
  if (at_least && at_least->integer()) {
    parameters.at_least = static_cast<model::Position>(*at_least->integer());
  } else if (at_least && !at_least->is_null()) {
    TRY(const auto text, query::text_member(body, "", "at_least", ""));
    TRY(parameters.at_least, parse_position(text));
  }
  return parameters;
}

Result<Question> Question::open(const Services& services, const catalog::ProjectRef& project,
                                const QuestionParameters& parameters) {
  const std::string& zone_name = parameters.timezone.empty() ? project->timezone : parameters.timezone;
  const auto zone = TimeZone::find(zone_name);
  if (!zone) return query::refuse("/timezone", zone.error().message);
  const Timestamp now = services.clock.now();
  TRY(auto range, query::parse_range(parameters.from, parameters.to, *zone, now));
  const model::Position before = services.log.stats().last;
  CHECK_OK(wait_until_counted(services, parameters.at_least));
  const auto status = services.loader.status();
  // Everything that was durable when this began is counted, or the last load's time says how far it goes.
  const Timestamp complete_until = status.position >= before ? now : status.complete_until;
  return Question({*project, std::move(range), status.position, now}, project, complete_until);
}

void Question::write_meta(JsonWriter& json) const {
  const auto took = std::chrono::steady_clock::now() - started_;
  json.key("meta").begin_object();
  json.key("as_of").integer(static_cast<std::int64_t>(scope_.as_of));
  json.key("generated_at").string(format_rfc3339(scope_.now));
  json.key("took_ms").number(static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) / 1000);
  json.key("cache_hit").boolean(false);
  json.key("timezone").string(scope_.range.zone.name());
  json.key("complete_until").string(format_rfc3339(complete_until_));
  json.key("engine").string("sql");
  json.key("warnings").begin_array().end_array().end_object();
}

}  // namespace spectrum::api
