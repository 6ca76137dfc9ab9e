#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/breakdown.h"
#include "query/scope.h"

namespace spectrum::query {

/// Money by what it was paid for. All amounts are in the smallest unit of their currency; nothing is summed across
/// currencies.
struct Revenue {
  struct Total {
    std::string currency;
    std::int64_t gross = 0;
    std::int64_t refunds = 0;
    std::int64_t orders = 0;
    std::int64_t buyers = 0;

    std::int64_t net() const { return gross - refunds; }
    std::optional<std::int64_t> average_order() const;       ///< gross / orders
    std::optional<std::int64_t> average_per_buyer() const;   ///< net / buyers
  };
  struct Row {
    std::string currency;
    Combination breakdown;
    /// Of `$other`: so many are poured together; not known where they are too many for the memory.
    std::optional<std::size_t> other_values;
    std::vector<std::int64_t> net;
    std::vector<std::int64_t> orders;
  };
  struct Product {
    std::string currency;
    std::string sku;
    std::string name;
    std::string category;
    std::int64_t net = 0;
    std::int64_t orders = 0;
    std::int64_t buyers = 0;
  };
  std::vector<Total> totals;  ///< by currency
  std::vector<Bucket> buckets;
  std::vector<Row> rows;      ///< by currency, then as the breakdown ranks them
  std::vector<Product> products;
};

/// Answers `POST /api/v1/query/revenue`; `body` is the whole request.
Result<Revenue> ask_revenue(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The buyers behind `{"currency"?,"bucket"?,"breakdown"?}`, ascending.
Result<std::vector<std::int64_t>> revenue_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                 const Json& select);

}  // namespace spectrum::query
