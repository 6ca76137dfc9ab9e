#include "adapters/duckdb/event_ids.h"

namespace spectrum::duckdb {

Status for_each_id(Connection& connection, const std::string& sql, const ports::Value& since,
                   const ports::Warehouse::OnEventId& use) {
  return connection.for_each_chunk(sql, {&since, 1}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      use(chunk.bigint(0, row), chunk.text(1, row), from_micros(chunk.bigint(2, row)));
    }
  });
}

}  // namespace spectrum::duckdb
