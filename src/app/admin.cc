#include "app/admin.h"

#include <cstdio>
#include <optional>

#include "adapters/sqlite/sqlite_database.h"
#include "api/json.h"
#include "app/data_directory.h"
#include "app/http_client.h"
#include "app/wiring.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "catalog/migrations.h"

namespace spectrum::app {
namespace {

int finish(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "spectrum: %s\n", status.error().message.c_str());
  return 1;
}

/// Runs `by_http` against the server that owns the data directory, else `directly` on its catalog.
template <typename ByHttp, typename Directly>
Status administer(const Config& config, ByHttp&& by_http, Directly&& directly) {
  if (const auto owner = DataDirectory::find_owner(config.data)) {
    if (owner->url.empty()) {
      return conflict("process " + std::to_string(owner->pid) + " is working on " + config.data + "; try again when it is done");
    }
    HttpClient client(owner->url, owner->token);
    return by_http(client);
  }
  const SystemClock clock;
  TRY(const auto directory, DataDirectory::own(config.data));
  TRY(const auto catalog, Catalog::open(*directory, clock));
  return directly(*catalog);
}

std::string text(const Json& object, std::string_view name) {
  const Json* const member = object.find(name);
  return member && member->string() ? *member->string() : "-";
}

/// Prints a row for each member of the answer's `data`.
template <typename Print>
Status print_list(const std::string& body, Print&& print) {
  TRY(const Json json, api::parse_json(body));
  const Json* const data = json.find("data");
  if (!data || !data->array()) return internal("the server's answer is not that of a Spectrum server");
  for (const auto& row : *data->array()) print(row);
  return {};
}

void print_project(const std::string& id, const std::string& name, const std::string& timezone, const std::string& currency) {
  std::printf("%-24s %-28s %-20s %s\n", id.c_str(), name.c_str(), timezone.c_str(), currency.c_str());
}

void print_key(const std::string& id, const std::string& name, const std::string& project, const std::string& scopes,
               const std::string& prefix) {
  std::printf("%-22s %-24s %-16s %-18s %s…\n", id.c_str(), name.c_str(), project.c_str(), scopes.c_str(), prefix.c_str());
}

std::string joined_scopes(const Json& key) {
  std::string scopes;
  const Json* const list = key.find("scopes");
  if (!list || !list->array()) return scopes;
  for (const auto& scope : *list->array()) scopes += (scopes.empty() ? "" : ",") + (scope.string() ? *scope.string() : "");
  return scopes;
}

Result<catalog::Scopes> parse_scopes(const std::vector<std::string>& names) {
  catalog::Scopes scopes;
  for (const auto& name : names) {
    if (name == "ingest") {
      scopes.ingest = true;
    } else if (name == "read") {
      scopes.read = true;
    } else if (name == "admin") {
      scopes.admin = true;
    } else {
      return invalid("--scope takes ingest, read or admin, not '" + name + "'");
    }
  }
  return scopes;
}

}  // namespace

int create_project(const Config& config, const AdminRequest& request) {
  const auto by_http = [&](HttpClient& client) -> Status {
    JsonWriter json;
    json.begin_object().key("id").string(request.id).key("name").string(request.name.empty() ? request.id : request.name);
    json.key("timezone").string(request.timezone).key("currency").string(request.currency);
    if (!request.max_event_age.empty()) json.key("max_event_age").string(request.max_event_age);
    json.end_object();
    TRY([[maybe_unused]] const auto body, client.expect("POST", "/api/v1/projects", json.take()));
    return {};
  };
  const auto directly = [&](Catalog& catalog) -> Status {
    model::Project project;
    project.id = request.id;
    project.name = request.name.empty() ? request.id : request.name;
    project.timezone = request.timezone;
    project.currency = request.currency;
    if (!request.max_event_age.empty()) {
      project.max_event_age = parse_duration(request.max_event_age);
      if (!project.max_event_age) return invalid("--max-event-age takes a duration such as 90d");
    }
    TRY(const auto created, catalog.projects->create(project));
    return catalog.audit.record("cli", created->number, "project.create", request.id, "{}");
  };
  const Status status = administer(config, by_http, directly);
  if (status.ok()) std::printf("project %s created\n", request.id.c_str());
  return finish(status);
}

int list_projects(const Config& config) {
  const auto by_http = [](HttpClient& client) -> Status {
    TRY(const auto body, client.expect("GET", "/api/v1/projects?limit=10000"));
    return print_list(body, [](const Json& row) {
      print_project(text(row, "id"), text(row, "name"), text(row, "timezone"), text(row, "currency"));
    });
  };
  const auto directly = [](Catalog& catalog) -> Status {
    for (const auto& project : catalog.projects->list()) {
      print_project(project->id, project->name, project->timezone, project->currency);
    }
    return {};
  };
  return finish(administer(config, by_http, directly));
}

int create_key(const Config& config, const AdminRequest& request) {
  const auto by_http = [&](HttpClient& client) -> Status {
    JsonWriter json;
    json.begin_object().key("name").string(request.name).key("project").string(request.project).key("scopes").begin_array();
    for (const auto& scope : request.scopes) json.string(scope);
    json.end_array();
    if (!request.expires_at.empty()) json.key("expires_at").string(request.expires_at);
    json.end_object();
    TRY(const auto body, client.expect("POST", "/api/v1/keys", json.take()));
    TRY(const Json answer, api::parse_json(body));
    const Json* const data = answer.find("data");
    std::printf("%s\n", data ? text(*data, "secret").c_str() : "");
    return {};
  };
  const auto directly = [&](Catalog& catalog) -> Status {
    TRY(const auto project, catalog.projects->find(request.project));
    TRY(const auto scopes, parse_scopes(request.scopes));
    std::optional<Timestamp> expires_at;
    if (!request.expires_at.empty()) {
      expires_at = parse_rfc3339(request.expires_at);
      if (!expires_at) return invalid("--expires-at takes an RFC 3339 instant such as 2027-01-01T00:00:00Z");
    }
    TRY(const auto created, catalog.keys->create(request.name, project, scopes, expires_at));
    CHECK_OK(catalog.audit.record("cli", project->number, "key.create", created.key.id, "{}"));
    std::printf("%s\n", created.secret.c_str());
    return {};
  };
  return finish(administer(config, by_http, directly));
}

int list_keys(const Config& config) {
  const auto by_http = [](HttpClient& client) -> Status {
    TRY(const auto body, client.expect("GET", "/api/v1/keys?limit=10000"));
    return print_list(body, [](const Json& row) {
      print_key(text(row, "id"), text(row, "name"), text(row, "project"), joined_scopes(row), text(row, "prefix"));
    });
  };
  const auto directly = [](Catalog& catalog) -> Status {
    for (const auto& key : catalog.keys->list()) print_key(key.id, key.name, key.project, key.scopes.text(), key.prefix);
    return {};
  };
  return finish(administer(config, by_http, directly));
}

int revoke_key(const Config& config, const AdminRequest& request) {
  const auto by_http = [&](HttpClient& client) -> Status {
    TRY([[maybe_unused]] const auto body, client.expect("DELETE", "/api/v1/keys/" + percent_encode(request.id)));
    return {};
  };
  const auto directly = [&](Catalog& catalog) -> Status {
    TRY(const auto revoked, catalog.keys->revoke(request.id));
    return catalog.audit.record("cli", revoked.project_number, "key.revoke", request.id, "{}");
  };
  const Status status = administer(config, by_http, directly);
  if (status.ok()) std::printf("key %s revoked\n", request.id.c_str());
  return finish(status);
}

int migrate(const Config& config, bool up) {
  const auto run = [&]() -> Status {
    const SystemClock clock;
    TRY(const auto directory, DataDirectory::own(config.data));
    TRY(const auto database, adapters::SqliteDatabase::open(directory->file("catalog.db")));
    if (up) CHECK_OK(catalog::migrate(*database, clock));
    TRY(const auto migrations, catalog::migration_status(*database));
    for (const auto& migration : migrations) {
      std::printf("%4d  %-24s %s  %s\n", migration.version, migration.name.c_str(), migration.checksum.c_str(),
                  migration.applied_at ? format_rfc3339(*migration.applied_at).c_str() : "not applied");
    }
    return {};
  };
  return finish(run());
}

}  // namespace spectrum::app
