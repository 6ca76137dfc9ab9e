#pragma once

#include <map>

#include "ports/warehouse.h"

namespace spectrum::query {

/// How many events each project has that were received since then.
Result<std::map<model::ProjectId, std::size_t>> count_events(ports::Warehouse& warehouse, Timestamp received_since);

}  // namespace spectrum::query
