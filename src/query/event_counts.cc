#include "query/event_counts.h"

#include <array>

#include "query/sql.h"

namespace spectrum::query {

Result<std::map<model::ProjectId, std::size_t>> count_events(ports::Warehouse& warehouse, Timestamp received_since) {
  const std::array<ports::Value, 1> parameters = {received_since};
  TRY(const auto rows, warehouse.query(sql::event_counts, parameters));
  std::map<model::ProjectId, std::size_t> counts;
  for (const auto& row : rows.rows) {
    counts[std::get<std::int64_t>(row[0])] = static_cast<std::size_t>(std::get<std::int64_t>(row[1]));
  }
  return counts;
}

}  // namespace spectrum::query
