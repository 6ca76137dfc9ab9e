#pragma once

#include "adapters/duckdb/connection.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Hands out the rows (project, event id, time of receipt) of a statement whose only parameter is `since`.
Status for_each_id(Connection& connection, const std::string& sql, const ports::Value& since,
                   const ports::Warehouse::OnEventId& use);

}  // namespace spectrum::duckdb
