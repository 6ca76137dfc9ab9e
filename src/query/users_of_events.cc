#include "query/users_of_events.h"

#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {

Result<std::vector<std::int64_t>> users_of_events(ports::Warehouse& warehouse, const TimeRange& range, const FilterCompiler& compiler,
                                                  const std::string& condition, std::stop_token stop) {
  const auto sql = warehouse::fill(sql::users_of_events, {{"joins", compiler.joins()}, {"time", time_condition(range)}, {"condition", condition}});
  std::vector<std::int64_t> users;
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    const auto ids = batch.integers(0);
    users.insert(users.end(), ids.begin(), ids.end());
    return {};
  };
  CHECK_OK(warehouse.scan(sql, compiler.parameters(), take, std::move(stop)));
  return users;
}

}  // namespace spectrum::query
