#include "catalog/projects.h"

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "api/page.h"
#include "base/time_text.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

void write_project(JsonWriter& json, const model::Project& project) {
  json.begin_object().key("id").string(project.id).key("name").string(project.name);
  json.key("timezone").string(project.timezone).key("currency").string(project.currency).key("max_event_age");
  if (project.max_event_age) {
    json.string(format_duration(*project.max_event_age));
  } else {
    json.null();
  }
  json.end_object();
}

http::Response project_answer(int status, const model::Project& project) {
  return data_answer(status, [&](JsonWriter& json) { write_project(json, project); });
}

std::string as_json(const model::Project& project) {
  JsonWriter json;
  write_project(json, project);
  return json.take();
}

/// Takes the members that are there into a project.
Status read_members(const Json& body, model::Project& project) {
  TRY(project.name, query::text_member(body, "", "name", project.name));
  TRY(project.timezone, query::text_member(body, "", "timezone", project.timezone));
  TRY(project.currency, query::text_member(body, "", "currency", project.currency));
  const Json* const age = body.find("max_event_age");
  if (!age) return {};
  if (age->is_null()) {
    project.max_event_age.reset();
    return {};
  }
  project.max_event_age = age->string() ? parse_duration(*age->string()) : std::nullopt;
  if (!project.max_event_age) return invalid("/max_event_age: must be a duration such as 90d or 24h, or null");
  return {};
}

Result<http::Response> create(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"id", "name", "timezone", "currency", "max_event_age"}));
  model::Project project;
  TRY(project.id, query::text_member(body, "", "id", ""));
  if (project.id.empty()) return invalid("/id: is missing");
  project.name = project.id;
  CHECK_OK(read_members(body, project));
  TRY(const auto created, services.projects.create(std::move(project)));
  CHECK_OK(services.audit.record(exchange.access.actor, created->number, "project.create", created->id, as_json(*created)));
  return project_answer(201, *created);
}

/// The project of the path, when the caller may see it.
Result<catalog::ProjectRef> visible_project(const Services& services, const Exchange& exchange) {
  return find_project(services, exchange.access, exchange.id);
}

Result<http::Response> change(const Services& services, const Exchange& exchange) {
  TRY(const auto found, visible_project(services, exchange));
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"name", "timezone", "currency", "max_event_age"}));
  model::Project project = *found;
  CHECK_OK(read_members(body, project));
  TRY(const auto updated, services.projects.update(project));
  CHECK_OK(services.audit.record(exchange.access.actor, updated->number, "project.update", updated->id, as_json(*updated)));
  return project_answer(200, *updated);
}

Result<http::Response> list(const Services& services, const Exchange& exchange) {
  TRY(const auto page, page_of(exchange.request));
  std::vector<catalog::ProjectRef> rows;
  bool is_cursor_known = page.cursor.empty();
  for (auto& project : services.projects.list()) {
    const bool is_visible = exchange.access.may_manage_all || project->id == exchange.access.project->id;
    is_cursor_known |= is_visible && project->id == page.cursor;
    if (is_visible && project->id > page.cursor && std::ssize(rows) < page.rows_to_read()) {
      rows.push_back(std::move(project));
    }
  }
  if (!is_cursor_known) return foreign_cursor();
  return list_answer(
      rows, page, [](JsonWriter& json, const catalog::ProjectRef& project) { write_project(json, *project); },
      [](const catalog::ProjectRef& project) { return project->id; });
}

}  // namespace

http::Response post_project(const Services& services, const Exchange& exchange) {
  return answered(create(services, exchange));
}

http::Response patch_project(const Services& services, const Exchange& exchange) {
  return answered(change(services, exchange));
}

http::Response get_projects(const Services& services, const Exchange& exchange) {
  return answered(list(services, exchange));
}

http::Response get_project(const Services& services, const Exchange& exchange) {
  const auto project = visible_project(services, exchange);
  return project ? project_answer(200, **project) : error_answer(project.error());
}

}  // namespace spectrum::api
