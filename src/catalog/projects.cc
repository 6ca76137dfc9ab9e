#include "catalog/projects.h"

#include <array>

#include "base/time_zone.h"
#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxNameBytes = 255;

bool is_slug(const std::string& id) {
  if (id.empty() || id.size() > kMaxIdBytes || id.front() == '-' || id.front() == '_') return false;
  for (const char c : id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  }
  return true;
}

bool is_currency(const std::string& code) {
  if (code.size() != 3) return false;
  for (const char c : code) {
    if (c < 'A' || c > 'Z') return false;
  }
  return true;
}

Status check(const model::Project& project) {
  if (!is_slug(project.id)) {
    return invalid("/id: must be 1 to 64 small letters, digits, - and _, such as web-shop");
  }
  if (project.name.empty() || project.name.size() > kMaxNameBytes) return invalid("/name: must be 1 to 255 bytes of text");
  if (!is_time_zone(project.timezone)) {
    return invalid("/timezone: '" + project.timezone + "' is not in the system's time zone database; try Europe/Berlin");
  }
  if (!is_currency(project.currency)) return invalid("/currency: must be an ISO 4217 code in capitals, such as EUR");
  return {};
}

ports::Value age_value(const model::Project& project) {
  if (!project.max_event_age) return std::monostate{};
  return std::int64_t{project.max_event_age->count()};
}

}  // namespace

Result<std::unique_ptr<Projects>> Projects::open(ports::Database& database, const Clock& clock) {
  std::unique_ptr<Projects> projects(new Projects(database, clock));
  CHECK_OK(projects->reload());
  return projects;
}

Status Projects::reload() {
  TRY(const auto rows, database_.execute(sql::list_projects));
  std::map<std::string, ProjectRef> loaded;
  for (const auto& row : rows.rows) {
    auto project = std::make_shared<model::Project>();
    project->number = std::get<std::int64_t>(row[0]);
    project->id = std::get<std::string>(row[1]);
    project->name = std::get<std::string>(row[2]);
    project->timezone = std::get<std::string>(row[3]);
    project->currency = std::get<std::string>(row[4]);
    if (const auto* const age = std::get_if<std::int64_t>(&row[5])) project->max_event_age = std::chrono::seconds(*age);
    loaded[project->id] = std::move(project);
  }
  projects_.with([&](auto& projects) { projects = std::move(loaded); });
  return {};
}

Result<ProjectRef> Projects::find(const std::string& id) const {
  return projects_.with([&](const auto& projects) -> Result<ProjectRef> {
    const auto found = projects.find(id);
    if (found == projects.end()) return not_found("there is no project '" + id + "'");
    return found->second;
  });
}

std::vector<ProjectRef> Projects::list() const {
  return projects_.with([](const auto& projects) {
    std::vector<ProjectRef> list;
    for (const auto& [id, project] : projects) list.push_back(project);
    return list;
  });
}

Result<ProjectRef> Projects::create(model::Project project) {
  CHECK_OK(check(project));
  const std::array<ports::Value, 6> values = {project.id,       project.name,       project.timezone,
                                              project.currency, age_value(project), clock_.now()};
  const auto inserted = database_.execute(sql::insert_project, values);
  if (!inserted) {
    if (inserted.error().code == Errc::conflict) return conflict("the project id '" + project.id + "' is taken");
    return inserted.error();
  }
  CHECK_OK(reload());
  return find(project.id);
}

Result<ProjectRef> Projects::update(const model::Project& project) {
  CHECK_OK(check(project));
  const std::array<ports::Value, 5> values = {project.number, project.name, project.timezone, project.currency,
                                              age_value(project)};
  TRY([[maybe_unused]] const auto updated, database_.execute(sql::update_project, values));
  CHECK_OK(reload());
  return find(project.id);
}

}  // namespace spectrum::catalog
