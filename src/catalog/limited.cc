#include "catalog/limited.h"

#include <array>

#include "catalog/sql.h"

namespace spectrum::catalog {

Status Limited::add(model::ProjectId project, Timestamp hour, std::int64_t events) {
  const std::array<ports::Value, 3> values = {project, hour, events};
  TRY([[maybe_unused]] const auto added, database_.execute(sql::add_limited, values));
  return {};
}

Result<std::map<Timestamp, std::int64_t>> Limited::by_hour(model::ProjectId project, Timestamp from, Timestamp until) {
  const std::array<ports::Value, 3> values = {project, from, until};
  TRY(const auto rows, database_.execute(sql::list_limited, values));
  std::map<Timestamp, std::int64_t> hours;
  for (const auto& row : rows.rows) hours[from_micros(std::get<std::int64_t>(row[0]))] = std::get<std::int64_t>(row[1]);
  return hours;
}

}  // namespace spectrum::catalog
