#pragma once

#include <optional>
#include <vector>

#include "adapters/duckdb/incoming_rows.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// The surrogate keys of one event.
struct FactKeys {
  std::int64_t user = 0;
  std::optional<std::int64_t> product;
  std::optional<std::int64_t> session;
  std::int64_t minute = 0;
};

/// Sets the cells of a row of fact_events. The event has to live until its rows are written.
void set_fact(RowWriter& row, model::Position position, const model::Event& event, const FactKeys& keys);

/// Writes about `count` rows of fact_events, with the values of promoted properties. The connection needs the functions
/// that questions call.
Status write_facts(Feed& feed, std::span<const ports::PromotedProperty> promoted, std::size_t count,
                   const IncomingRows::Make& make);

}  // namespace spectrum::duckdb
