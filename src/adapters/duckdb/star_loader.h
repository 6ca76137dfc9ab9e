#pragma once

#include <memory>
#include <vector>

#include "adapters/duckdb/connection.h"
#include "adapters/duckdb/duplicate_guard.h"
#include "adapters/duckdb/facts.h"
#include "adapters/duckdb/ledger.h"
#include "adapters/duckdb/minutes.h"
#include "adapters/duckdb/products.h"
#include "adapters/duckdb/sessions.h"
#include "adapters/duckdb/users.h"
#include "adapters/duckdb/utf8.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Turns batches into rows: resolves keys in memory, writes everything in one transaction. When `load` fails,
/// what is in memory no longer follows the tables: throw it away and open another.
class StarLoader {
 public:
  /// `incoming` has to be defined in the database, and outlives this.
  static Result<std::unique_ptr<StarLoader>> open(_duckdb_database* database, IncomingRows& incoming);

  /// Looks again which properties are promoted.
  Status read_promoted();
  StarLoader(const StarLoader&) = delete;

  Result<ports::LoadResult> load(const ports::LoadBatch& batch);

 private:
  struct Parts {
    Users users;
    Sessions sessions;
    Products products;
    Minutes minutes;
    Ledger ledger;
    DuplicateGuard guard;
  };
  StarLoader(Parts parts, Connection connection, IncomingRows& incoming)
      : parts_(std::move(parts)), connection_(std::move(connection)), incoming_(incoming) {}

  Status write(const ports::LoadBatch& batch, const std::vector<bool>& refused);
  Status write_events(Feed& feed, const ports::LoadBatch& batch, const std::vector<bool>& refused);
  Status write_ledger(Feed& feed, const ports::LoadBatch& batch, const std::vector<bool>& refused);

  Parts parts_;
  std::vector<ports::PromotedProperty> promoted_;
  Utf8Guard utf8_;
  Connection connection_;
  IncomingRows& incoming_;
};

}  // namespace spectrum::duckdb
