#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "ports/warehouse.h"
#include "query/filter.h"

namespace spectrum::query {

/// The users of the events that match a condition, ascending. `compiler` made it, and was begun with
/// `begin_parameters` of that range.
Result<std::vector<std::int64_t>> users_of_events(ports::Warehouse& warehouse, const TimeRange& range, const FilterCompiler& compiler,
                                                  const std::string& condition, std::stop_token stop);

}  // namespace spectrum::query
