#include "catalog/keys.h"

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "api/page.h"
#include "base/time_text.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

void write_instant(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& instant) {
  json.key(name);
  if (instant) {
    json.string(format_rfc3339(*instant));
  } else {
    json.null();
  }
}

void write_key(JsonWriter& json, const catalog::ApiKey& key, const std::string& secret = {}) {
  json.begin_object().key("id").string(key.id).key("name").string(key.name).key("project").string(key.project);
  json.key("scopes").begin_array();
  if (key.scopes.ingest) json.string("ingest");
  if (key.scopes.read) json.string("read");
  if (key.scopes.admin) json.string("admin");
  json.end_array().key("prefix").string(key.prefix);
  if (!secret.empty()) json.key("secret").string(secret);
  json.key("created_at").string(format_rfc3339(key.created_at));
  write_instant(json, "expires_at", key.expires_at);
  write_instant(json, "last_used_at", key.last_used_at);
  json.end_object();
}

Result<catalog::Scopes> read_scopes(const Json& body) {
  const Json* const list = body.find("scopes");
  if (!list || !list->array() || list->array()->empty()) {
    return invalid("/scopes: must be a list of ingest, read, admin with at least one of them");
  }
  catalog::Scopes scopes;
  for (const auto& member : *list->array()) {
    const std::string scope = member.string() ? *member.string() : "";
    if (scope == "ingest") {
      scopes.ingest = true;
    } else if (scope == "read") {
      scopes.read = true;
    } else if (scope == "admin") {
      scopes.admin = true;
    } else {
      return invalid("/scopes: '" + scope + "' is none of ingest, read, admin");
    }
  }
  return scopes;
}

Result<http::Response> create(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"name", "project", "scopes", "expires_at"}));
  TRY(const auto name, query::text_member(body, "", "name", ""));
  TRY(const auto project_id, query::text_member(body, "", "project", exchange.access.project->id));
  TRY(const auto project, find_project(services, exchange.access, project_id));
  TRY(const auto scopes, read_scopes(body));
  TRY(const auto expiry_text, query::text_member(body, "", "expires_at", ""));
  std::optional<Timestamp> expires_at;
  if (!expiry_text.empty()) {
    expires_at = parse_rfc3339(expiry_text);
    if (!expires_at) return invalid("/expires_at: must be an RFC 3339 instant such as 2027-01-01T00:00:00Z");
  }
  TRY(const auto created, services.keys.create(name, project, scopes, expires_at));
  JsonWriter details;
  write_key(details, created.key);
  CHECK_OK(services.audit.record(exchange.access.actor, project->number, "key.create", created.key.id, details.take()));
  return data_answer(201, [&](JsonWriter& json) { write_key(json, created.key, created.secret); });
}

bool may_see(const Exchange& exchange, const catalog::ApiKey& key) {
  return exchange.access.may_manage_all || key.project_number == exchange.access.project->number;
}

Result<http::Response> list(const Services& services, const Exchange& exchange) {
  TRY(const auto page, page_of(exchange.request));
  // The key itself may be revoked by now.
  if (!page.cursor.empty() && !page.cursor.starts_with("key_")) return foreign_cursor();
  std::vector<catalog::ApiKey> rows;
  for (auto& key : services.keys.list()) {
    if (may_see(exchange, key) && key.id > page.cursor && std::ssize(rows) < page.rows_to_read()) {
      rows.push_back(std::move(key));
    }
  }
  return list_answer(
      rows, page, [](JsonWriter& json, const catalog::ApiKey& key) { write_key(json, key); },
      [](const catalog::ApiKey& key) { return key.id; });
}

Status revoke(const Services& services, const Exchange& exchange) {
  for (const auto& key : services.keys.list()) {
    if (key.id == exchange.id && !may_see(exchange, key)) return not_found("there is no key '" + exchange.id + "'");
  }
  TRY(const auto revoked, services.keys.revoke(exchange.id));
  return services.audit.record(exchange.access.actor, revoked.project_number, "key.revoke", exchange.id, "{}");
}

}  // namespace

http::Response post_key(const Services& services, const Exchange& exchange) {
  return answered(create(services, exchange));
}

http::Response get_keys(const Services& services, const Exchange& exchange) {
  return answered(list(services, exchange));
}

http::Response delete_key(const Services& services, const Exchange& exchange) {
  if (const auto status = revoke(services, exchange); !status.ok()) return error_answer(status.error());
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace spectrum::api
