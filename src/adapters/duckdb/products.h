#pragma once

#include <optional>
#include <span>

#include "adapters/duckdb/key_map.h"
#include "adapters/duckdb/incoming_rows.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Gives products their numbers and keeps dim_products: name, category and price as the highest position told
/// them.
class Products {
 public:
  static Result<Products> open(Connection& connection);

  void begin_batch();
  /// The number of the event's product; notes what the event changes about it.
  std::uint32_t resolve(const model::Event& event);
  /// Writes what the batch changed. The batch's events have to be alive still.
  Status write(Feed& feed);

 private:
  struct State {
    KeyHash name, category;  ///< of the texts
    std::optional<double> price;
    std::uint32_t batch = 0;   ///< the last batch that changed it …
    std::uint32_t change = 0;  ///< … and where in `changes_`
  };
  struct Change {
    std::uint32_t product;
    const model::Event* named_by;  ///< nullptr: not a new one
    std::string_view name, category;
    std::optional<double> price;
  };
  Status read(Connection& connection);
  Change& change_of(std::uint32_t product);

  KeyHasher hash_;
  KeyMap map_;
  std::vector<State> states_;  ///< of product 1, 2, …
  std::vector<Change> changes_;
  std::uint32_t batch_ = 0;
};

}  // namespace spectrum::duckdb
