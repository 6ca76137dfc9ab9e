#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ports/warehouse.h"
#include "query/remembered.h"
#include "query/scope.h"

namespace spectrum::query {

/// Remembers the events of a type that have an amount. They are few, and everywhere among the others: a question about
/// money reads from the warehouse only what came since the last one. Thread-safe.
class Orders {
 public:
  /// The warehouse has to outlive it. So much is remembered at most, what was asked for last.
  Orders(ports::Warehouse& warehouse, std::uint64_t memory_bytes) : warehouse_(warehouse), known_(memory_bytes) {}

  /// Hands out the scope's events of some types that have an amount, in the columns of revenue.sql; `texts` are of
  /// products. False, and nothing was handed out: they are too many to be remembered.
  Result<bool> scan(const Scope& scope, std::span<const std::string> types, const std::string& texts,
                    const ports::Warehouse::OnRows& take, std::span<const ports::CodedColumn> coded);

 private:
  struct Order {
    std::int64_t position;
    std::int64_t at;  ///< microseconds since 1970
    std::int64_t amount;
    std::int64_t user;
    std::int64_t product;  ///< -1: none
    std::size_t currency;  ///< where it is in the piece's list
  };
  struct Piece {
    std::vector<Order> orders;
    std::vector<std::string> currencies;

    std::size_t currency(std::string_view text);
  };
  /// Those of a type up to a position and from a time on. What is shared never changes.
  struct Known {
    model::Position as_of = 0;
    Timestamp from = kEnd;
    std::vector<std::shared_ptr<const Piece>> pieces;
    std::size_t size = 0;
    bool are_too_many = false;

    auto reach() const { return std::tuple(are_too_many, as_of, kEnd - from); }
  };
  using Key = std::pair<model::ProjectId, std::string>;
  class Batch;

  Result<Known> know(const Scope& scope, const std::string& type);
  /// Adds those in [from, until) behind `after` and up to `as_of`.
  Status read(const Scope& scope, const std::string& type, Timestamp from, Timestamp until, model::Position after,
              model::Position as_of, Known& known) const;

  ports::Warehouse& warehouse_;
  Remembered<Key, Known> known_;
};

}  // namespace spectrum::query
