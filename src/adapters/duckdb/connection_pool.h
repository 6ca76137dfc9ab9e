#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "adapters/duckdb/connection.h"

namespace spectrum::duckdb {

/// Sessions for questions, opened when first needed and kept. Thread-safe; who finds all of them in use
/// waits.
class ConnectionPool {
 public:
  static constexpr std::size_t kSize = 8;

  /// The database has to outlive it.
  explicit ConnectionPool(_duckdb_database* database) : database_(database) {}

  /// Calls `use(Connection&)` and returns its result.
  template <typename Use>
  auto with(Use&& use) -> decltype(use(std::declval<Connection&>())) {
    TRY(Connection connection, take());
    auto result = use(connection);
    give_back(std::move(connection));
    return result;
  }

 private:
  Result<Connection> take();
  /// With the functions that questions call.
  Result<Connection> open_session();
  void give_back(Connection connection);

  _duckdb_database* database_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Connection> idle_;
  std::size_t open_ = 0;
};

}  // namespace spectrum::duckdb
