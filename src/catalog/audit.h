#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/project.h"
#include "ports/database.h"

namespace spectrum::catalog {

/// One change that somebody made.
struct AuditEntry {
  std::int64_t id = 0;
  Timestamp happened_at;
  std::string actor;                   ///< a key's id, `management`, `local`, `cli`
  std::optional<std::string> project;  ///< the id of the one it concerns; entries of older programs have none
  std::string action;                  ///< `project.create`, `key.revoke`, …
  std::string target;
  std::string details;                 ///< a JSON object
};

/// Who changed what. Append only. Thread-safe.
class Audit {
 public:
  Audit(ports::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Status record(const std::string& actor, model::ProjectId project, const std::string& action, const std::string& target,
                const std::string& details_json);
  /// Newest first, ids below `before` only (0: from the newest); of one project, or all there are.
  Result<std::vector<AuditEntry>> list(std::optional<model::ProjectId> project, std::int64_t before, std::int64_t limit);

 private:
  ports::Database& database_;
  const Clock& clock_;
};

}  // namespace spectrum::catalog
