#include "catalog/audit.h"

#include <array>
#include <limits>

#include "catalog/sql.h"

namespace spectrum::catalog {

Status Audit::record(const std::string& actor, model::ProjectId project, const std::string& action,
                     const std::string& target, const std::string& details_json) {
  const std::array<ports::Value, 6> values = {clock_.now(), actor, project, action, target, details_json};
  TRY([[maybe_unused]] const auto inserted, database_.execute(sql::insert_audit, values));
  return {};
}

Result<std::vector<AuditEntry>> Audit::list(std::optional<model::ProjectId> project, std::int64_t before,
                                             std::int64_t limit) {
  const std::array<ports::Value, 3> values = {project.value_or(0), before == 0 ? std::numeric_limits<std::int64_t>::max() : before, limit};
  TRY(const auto rows, database_.execute(sql::list_audit, values));
  std::vector<AuditEntry> entries;
  for (const auto& row : rows.rows) {
    const auto* const of_project = std::get_if<std::string>(&row[3]);
    entries.push_back({std::get<std::int64_t>(row[0]), from_micros(std::get<std::int64_t>(row[1])),
                       std::get<std::string>(row[2]), of_project ? std::optional(*of_project) : std::nullopt,
                       std::get<std::string>(row[4]), std::get<std::string>(row[5]), std::get<std::string>(row[6])});
  }
  return entries;
}

}  // namespace spectrum::catalog
