#pragma once

#include "adapters/duckdb/table_writer.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// The surrogate keys of one event.
struct FactKeys {
  std::int64_t user = 0;
  std::optional<std::int64_t> product;
  std::optional<std::int64_t> session;
  std::int64_t minute = 0;
};

/// Writes rows of fact_events.
class Facts {
 public:
  static Result<Facts> open(Connection& connection);

  /// The event has to live until `flush`.
  Status add(model::Position position, const model::Event& event, const FactKeys& keys);
  Status flush() { return rows_.flush(); }

 private:
  explicit Facts(TableWriter rows) : rows_(std::move(rows)) {}

  TableWriter rows_;
};

}  // namespace spectrum::duckdb
