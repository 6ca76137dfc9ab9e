#include "api/question.h"

#include <algorithm>
#include <charconv>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"

namespace spectrum::api {

Result<model::Position> parse_position(const std::string& text, std::string_view pointer) {
  model::Position position = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (code != std::errc() || end != text.data() + text.size()) {
    return query::refuse(pointer, "must be a position, as an answer to an ingest request has it");
  }
  return position;
}

namespace {

/// A position in a body: a number, or a text as large ones travel.
Result<std::optional<model::Position>> position_member(const Json& body, std::string_view name) {
  const Json* const member = body.find(name);
  if (!member || member->is_null()) return std::optional<model::Position>();
  const std::string text = member->integer() ? std::to_string(*member->integer()) : member->string() ? *member->string() : "";
  TRY(const auto position, parse_position(text, "/" + std::string(name)));
  return std::optional(position);
}

std::string percent_of(const load::LoaderStatus& status) {
  const auto percent = status.rows_total == 0 ? 0 : status.rows_done * 100 / status.rows_total;
  return std::to_string(percent) + " % of " + std::to_string(status.rows_total) + " rows";
}

/// Leaves in `exchange.awaits` what a refusal may wait for.
Status check_counted(const Services& services, const Exchange& exchange, model::Position position) {
  const auto status = services.loader.status();
  if (status.state == load::LoaderState::failed) {
    return unavailable("the warehouse has failed: " + status.message + "; events are still taken and kept");
  }
  if (status.state == load::LoaderState::stopped) return unavailable("the server is stopping");
  if (position > status.log_last) {
    return unavailable("position " + std::to_string(position) + " is beyond the newest, which is " + std::to_string(status.log_last));
  }
  if (!has_to_wait(status, position)) return {};
  exchange.awaits = position;
  if (status.state == load::LoaderState::rebuilding) {
    return unavailable("the warehouse is being rebuilt: " + percent_of(status) + "; events are still taken and kept");
  }
  return unavailable("position " + std::to_string(position) + " is not counted yet; retry in a moment");
}

}  // namespace

Result<QuestionParameters> parameters_of(const http::Request& request) {
  QuestionParameters parameters;
  parameters.from = request.query_value("from");
  parameters.to = request.query_value("to");
  parameters.timezone = request.query_value("timezone");
  if (const auto text = request.query_value("at_least"); !text.empty()) {
    TRY(parameters.at_least, parse_position(text, "/at_least"));
  }
  if (const auto text = request.query_value("as_of"); !text.empty()) {
    TRY(parameters.as_of, parse_position(text, "/as_of"));
  }
  return parameters;
}

Result<QuestionParameters> parameters_of(const Json& body) {
  QuestionParameters parameters;
  TRY(parameters.from, query::text_member(body, "", "from", ""));
  TRY(parameters.to, query::text_member(body, "", "to", ""));
  TRY(parameters.timezone, query::text_member(body, "", "timezone", ""));
  if (const Json* const project = body.find("project"); project && !project->is_null()) {
    TRY(parameters.project, query::text_member(body, "", "project", ""));
  }
  TRY(const auto at_least, position_member(body, "at_least"));
  parameters.at_least = at_least.value_or(0);
  TRY(parameters.as_of, position_member(body, "as_of"));
  if (const auto attributes = query::attributes_in(body); parameters.as_of && !attributes.empty()) {
    parameters.warnings.push_back("values of " + attributes + " are those of today: the past ones are not kept");
  }
  return parameters;
}

Result<Question> Question::open(const Services& services, const Exchange& exchange,
                                const QuestionParameters& parameters) {
  const Access& access = exchange.access;
  TRY(const auto project, find_project(services, access, parameters.project.value_or(access.project->id)));
  const std::string& zone_name = parameters.timezone.empty() ? project->timezone : parameters.timezone;
  const auto zone = TimeZone::find(zone_name);
  if (!zone) return query::refuse("/timezone", zone.error().message);
  const Timestamp now = services.clock.now();
  TRY(auto range, query::parse_range(parameters.from, parameters.to, *zone, now));
  const model::Position before = services.log.stats().last;
  CHECK_OK(check_counted(services, exchange, std::max(parameters.at_least, parameters.as_of.value_or(0))));
  const auto status = services.loader.status();
  // Everything that was durable when this began is counted, or the last load's time says how far it goes.
  const Timestamp complete_until = status.position >= before ? now : status.complete_until;
  query::Scope scope{*project, std::move(range), parameters.as_of.value_or(status.position), now,
                     exchange.responder.abandoned()};
  scope.promoted = services.warehouse.promoted();
  scope.names = &services.names;
  scope.demand = &services.demand;
  scope.first_times = &services.first_times;
  scope.orders = &services.orders;
  scope.sequences = &services.sequences;
  scope.memory_bytes = services.question_memory_bytes;
  return Question(std::move(scope), project, complete_until, parameters.warnings);
}

void Question::answered_from(model::Position position, Timestamp complete_until) {
  // Behind the newest position it may lack some of what came since; at it, nothing that was there when this began.
  if (position < scope_.as_of) complete_until_ = std::min(complete_until_, complete_until);
  scope_.as_of = position;
}

void Question::write_meta(JsonWriter& json, const std::string* next_cursor) const {
  const auto took = std::chrono::steady_clock::now() - started_;
  json.key("meta").begin_object();
  json.key("as_of").integer(static_cast<std::int64_t>(scope_.as_of));
  json.key("generated_at").string(format_rfc3339(scope_.now));
  json.key("took_ms").number(static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) / 1000);
  json.key("cache_hit").boolean(false);
  json.key("timezone").string(scope_.range.zone.name());
  json.key("complete_until").string(format_rfc3339(complete_until_));
  json.key("engine").string("sql");
  json.key("warnings").begin_array();
  for (const auto& warning : warnings_) json.string(warning);
  json.end_array();
  if (next_cursor) {
    json.key("next_cursor");
    next_cursor->empty() ? json.null() : json.string(*next_cursor);
  }
  json.end_object();
}

void write_breakdown(JsonWriter& json, const std::vector<std::string>& values, const std::optional<std::size_t>& other_values) {
  json.key("breakdown").begin_array();
  for (const auto& value : values) json.string(value);
  json.end_array();
  if (other_values) json.key("other_values").integer(static_cast<std::int64_t>(*other_values));
}

}  // namespace spectrum::api
