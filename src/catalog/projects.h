#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "model/project.h"
#include "ports/database.h"

namespace spectrum::catalog {

using ProjectRef = std::shared_ptr<const model::Project>;

/// The projects, kept in memory and written through. Thread-safe.
class Projects {
 public:
  static Result<std::unique_ptr<Projects>> open(ports::Database& database, const Clock& clock);

  /// `not_found` with a text for the client.
  Result<ProjectRef> find(const std::string& id) const;
  std::vector<ProjectRef> list() const;

  /// The project gets its number here. `invalid` for a bad field, `conflict` for a taken id.
  Result<ProjectRef> create(model::Project project);
  /// Changes everything but number and id.
  Result<ProjectRef> update(const model::Project& project);

 private:
  Projects(ports::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Status reload();

  ports::Database& database_;
  const Clock& clock_;
  Guarded<std::map<std::string, ProjectRef>> projects_;
};

}  // namespace spectrum::catalog
