#pragma once

#include <vector>

#include "adapters/duckdb/connection.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// The promoted properties, in the order of their promotion.
Result<std::vector<ports::PromotedProperty>> read_promoted(Connection& connection);

/// Adds the columns of a property. The facts up to `cursor` have to be filled; whoever adds facts fills theirs.
Status add_promoted(Connection& connection, const std::string& property, std::size_t number, model::Position cursor);

/// Fills some more of a property that is not filled, in one transaction. The connection needs the functions that
/// questions call.
Status fill_next(Connection& connection, const ports::PromotedProperty& property);

}  // namespace spectrum::duckdb
