#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/database.h"

namespace spectrum::catalog {

/// One step of the catalog's schema, known to the program or found in the file.
struct Migration {
  int version;
  std::string name;
  std::string checksum;                 ///< of its text
  std::optional<Timestamp> applied_at;  ///< nothing: not yet
};

/// Brings the catalog's schema up to this program's. `conflict` when the file was written by a newer program, or when
/// an applied step differs from the program's: nothing is changed then.
Status migrate(ports::Database& database, const Clock& clock);

/// The program's steps, with what the file says of each.
Result<std::vector<Migration>> migration_status(ports::Database& database);

}  // namespace spectrum::catalog
