#pragma once

#include <map>

#include "base/clock.h"
#include "model/position.h"
#include "ports/database.h"

namespace spectrum::catalog {

/// How many events were refused for overload, by project and UTC hour: the ledger's `limited`. Thread-safe.
class Limited {
 public:
  explicit Limited(ports::Database& database) : database_(database) {}

  Status add(model::ProjectId project, Timestamp hour, std::int64_t events);
  Result<std::map<Timestamp, std::int64_t>> by_hour(model::ProjectId project, Timestamp from, Timestamp until);

 private:
  ports::Database& database_;
};

}  // namespace spectrum::catalog
