#include "catalog/experiments.h"

#include <algorithm>

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "api/page.h"
#include "api/question.h"
#include "base/time_text.h"
#include "query/experiment.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

constexpr std::size_t kMaxTogether = 100;  ///< experiments whose results one answer holds

void write_number(JsonWriter& json, std::string_view name, const std::optional<double>& number) {
  json.key(name);
  number ? json.number(*number) : json.null();
}

void write_interval(JsonWriter& json, const std::string& name, const std::optional<stats::Interval>& interval) {
  write_number(json, name + "_low", interval ? std::optional(interval->low) : std::nullopt);
  write_number(json, name + "_high", interval ? std::optional(interval->high) : std::nullopt);
}

void write_definition(JsonWriter& json, const model::Experiment& experiment) {
  json.begin_object().key("id").string(experiment.id).key("name").string(experiment.name);
  json.key("variants").begin_array();
  for (const auto& variant : experiment.variants) {
    json.begin_object().key("key").string(variant.key).key("weight").number(variant.weight).end_object();
  }
  json.end_array().key("goal").raw(experiment.goal).key("window").string(format_duration(experiment.window));
  json.key("threshold").number(experiment.threshold).key("correction").string(experiment.yates ? "yates" : "none");
  json.key("status").string(catalog::to_text(experiment.status)).end_object();
}

std::string as_json(const model::Experiment& experiment) {
  JsonWriter json;
  write_definition(json, experiment);
  return json.take();
}

http::Response definition_answer(int status, const model::Experiment& experiment) {
  return data_answer(status, [&](JsonWriter& json) { write_definition(json, experiment); });
}

Result<double> number_of(const Json& value, const std::string& pointer) {
  if (const auto* const whole = value.integer()) return static_cast<double>(*whole);
  if (const auto* const number = value.number()) return *number;
  return query::refuse(pointer, "must be a number");
}

Result<std::vector<model::Variant>> read_variants(const Json& list) {
  if (!list.array()) return query::refuse("/variants", "must be a list such as [{\"key\":\"control\"},{\"key\":\"treatment\"}]");
  std::vector<model::Variant> variants;
  for (const auto& member : *list.array()) {
    const std::string pointer = "/variants/" + std::to_string(variants.size());
    CHECK_OK(query::check_members(member, pointer, {"key", "weight"}));
    auto& variant = variants.emplace_back();
    TRY(variant.key, query::text_member(member, pointer, "key", ""));
    if (const Json* const weight = member.find("weight"); weight && !weight->is_null()) {
      TRY(variant.weight, number_of(*weight, pointer + "/weight"));
    }
  }
  return variants;
}

/// Takes the members that are there into an experiment.
Status read_members(const Json& body, model::Experiment& experiment) {
  TRY(experiment.name, query::text_member(body, "", "name", experiment.name));
  if (const Json* const variants = body.find("variants")) {
    TRY(experiment.variants, read_variants(*variants));
  }
  if (const Json* const goal = body.find("goal")) {
    CHECK_OK(query::check_goal(*goal, "/goal"));
    experiment.goal = to_json_text(*goal);
  }
  TRY(const auto window, query::text_member(body, "", "window", format_duration(experiment.window)));
  const auto parsed = parse_duration(window);
  if (!parsed) return query::refuse("/window", "must be a duration such as 14d or 12h");
  experiment.window = *parsed;
  if (const Json* const threshold = body.find("threshold"); threshold && !threshold->is_null()) {
    TRY(experiment.threshold, number_of(*threshold, "/threshold"));
  }
  TRY(const auto correction, query::text_member(body, "", "correction", experiment.yates ? "yates" : "none"));
  if (correction != "none" && correction != "yates") return query::refuse("/correction", "must be none or yates");
  experiment.yates = correction == "yates";
  TRY(const auto status, query::text_member(body, "", "status", catalog::to_text(experiment.status)));
  TRY(experiment.status, catalog::experiment_status(status));
  return {};
}

/// `X-Project` and `?project=` have chosen the project already; a body may name it too.
Result<catalog::ProjectRef> project_of(const Services& services, const Exchange& exchange, const Json& body) {
  TRY(const auto id, query::text_member(body, "", "project", exchange.access.project->id));
  return find_project(services, exchange.access, id);
}

Result<http::Response> create(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"id", "name", "variants", "goal", "window", "threshold", "correction", "status",
                                           "project"}));
  TRY(const auto project, project_of(services, exchange, body));
  model::Experiment experiment;
  TRY(experiment.id, query::text_member(body, "", "id", ""));
  if (experiment.id.empty()) return query::refuse("/id", "is missing: the experiment_id that events carry");
  experiment.name = experiment.id;
  for (const std::string_view needed : {"variants", "goal"}) {
    if (!body.find(needed)) return query::refuse("/" + std::string(needed), "is missing");
  }
  CHECK_OK(read_members(body, experiment));
  CHECK_OK(services.experiments.create(project->number, experiment));
  CHECK_OK(services.audit.record(exchange.access.actor, project->number, "experiment.create", experiment.id, as_json(experiment)));
  return definition_answer(201, experiment);
}

Result<http::Response> change(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"name", "variants", "goal", "window", "threshold", "correction", "status",
                                           "project"}));
  TRY(const auto project, project_of(services, exchange, body));
  TRY(auto experiment, services.experiments.find(project->number, exchange.id));
  const auto before = experiment.status;
  CHECK_OK(read_members(body, experiment));
  CHECK_OK(services.experiments.update(project->number, experiment));
  const bool stops = before != experiment.status && experiment.status == model::ExperimentStatus::stopped;
  CHECK_OK(services.audit.record(exchange.access.actor, project->number, stops ? "experiment.stop" : "experiment.update",
                                 experiment.id, as_json(experiment)));
  return definition_answer(200, experiment);
}

Result<http::Response> find(const Services& services, const Exchange& exchange) {
  TRY(const auto experiment, services.experiments.find(exchange.access.project->number, exchange.id));
  return definition_answer(200, experiment);
}

Result<http::Response> list(const Services& services, const Exchange& exchange) {
  TRY(const auto page, page_of(exchange.request));
  const auto project = exchange.access.project->number;
  if (!page.cursor.empty() && !services.experiments.find(project, page.cursor)) return foreign_cursor();
  TRY(const auto experiments, services.experiments.list(project, page.cursor));
  return list_answer(experiments, page, write_definition, [](const model::Experiment& experiment) { return experiment.id; });
}

Result<http::Response> assign(const Services& services, const Exchange& exchange) {
  const std::string user = exchange.request.query_value("user_id");
  if (user.empty()) return query::refuse("/user_id", "is missing: add ?user_id=");
  TRY(const auto experiment, services.experiments.find(exchange.access.project->number, exchange.id));
  return data_answer(200, [&](JsonWriter& json) {
    json.begin_object().key("variant").string(model::assigned_variant(experiment, user).key).end_object();
  });
}

void write_arm(JsonWriter& json, const query::ExperimentResult::Arm& arm) {
  json.begin_object().key("key").string(arm.key);
  json.key("users").integer(arm.users.trials).key("conversions").integer(arm.users.successes);
  write_number(json, "rate", arm.users.rate());
  write_interval(json, "ci", arm.rate_interval);
  write_number(json, "lift", arm.lift);
  write_interval(json, "lift_ci", arm.lift_interval);
  json.end_object();
}

void write_result(JsonWriter& json, const model::Experiment& experiment, const query::ExperimentResult& result) {
  json.begin_object().key("id").string(experiment.id).key("name").string(experiment.name);
  json.key("status").string(catalog::to_text(experiment.status)).key("threshold").number(experiment.threshold);
  json.key("variants").begin_array();
  for (const auto& arm : result.arms) write_arm(json, arm);
  json.end_array().key("chi_square");
  if (result.pearson) {
    json.begin_object().key("statistic").number(result.pearson->statistic);
    json.key("dof").integer(result.pearson->degrees_of_freedom).key("p_value").number(result.pearson->p_value);
    write_number(json, "p_value_yates", result.yates ? std::optional(result.yates->p_value) : std::nullopt);
    json.end_object();
  } else {
    json.null();
  }
  write_number(json, "p_value", result.p_value);
  json.key("significant");
  result.significant ? json.boolean(*result.significant) : json.null();
  json.key("sample_ratio").begin_object();
  write_number(json, "p_value", result.sample_ratio_p_value);
  json.key("ok").boolean(result.sample_ratio_ok).end_object();
  json.key("multiple_variants").integer(result.multiple_variants);
  json.key("unknown_variants").integer(result.unknown_variants);
  json.key("verdict").string(to_text(result.verdict)).end_object();
}

/// Over all events; with `to`, over those before it.
Result<query::ExperimentResult> ask(const Services& services, const Question& question, const QuestionParameters& parameters,
                                    const model::Experiment& experiment) {
  TRY(const Json goal, parse_json(experiment.goal));
  const auto until = parameters.to.empty() ? std::nullopt : std::optional(question.scope().range.until);
  return query::ask_experiment(services.warehouse, question.scope(), experiment, goal, until);
}

Result<http::Response> result_of_one(const Services& services, const Exchange& exchange) {
  TRY(const auto parameters, parameters_of(exchange.request));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(const auto experiment, services.experiments.find(question.scope().project.number, exchange.id));
  TRY(const auto result, ask(services, question, parameters, experiment));
  return answer_with_meta(question, [&](JsonWriter& json) { write_result(json, experiment, result); });
}

Result<http::Response> results_of_all(const Services& services, const Exchange& exchange) {
  TRY(const auto parameters, parameters_of(exchange.request));
  TRY(const auto question, Question::open(services, exchange, parameters));
  TRY(auto experiments, services.experiments.list(question.scope().project.number, ""));
  experiments.resize(std::min(experiments.size(), kMaxTogether));
  std::vector<query::ExperimentResult> results;
  for (const auto& experiment : experiments) {
    TRY(auto result, ask(services, question, parameters, experiment));
    results.push_back(std::move(result));
  }
  return answer_with_meta(question, [&](JsonWriter& json) {
    json.begin_array();
    for (std::size_t i = 0; i < results.size(); ++i) write_result(json, experiments[i], results[i]);
    json.end_array();
  });
}

}  // namespace

http::Response post_experiment(const Services& services, const Exchange& exchange) {
  return answered(create(services, exchange));
}
http::Response patch_experiment(const Services& services, const Exchange& exchange) {
  return answered(change(services, exchange));
}
http::Response get_experiment(const Services& services, const Exchange& exchange) {
  return answered(find(services, exchange));
}
http::Response get_experiments(const Services& services, const Exchange& exchange) {
  return answered(list(services, exchange));
}
http::Response get_assignment(const Services& services, const Exchange& exchange) {
  return answered(assign(services, exchange));
}
http::Response get_experiment_result(const Services& services, const Exchange& exchange) {
  return answered(result_of_one(services, exchange));
}
http::Response get_experiment_results(const Services& services, const Exchange& exchange) {
  return answered(results_of_all(services, exchange));
}

}  // namespace spectrum::api
