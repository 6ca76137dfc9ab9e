#include "adapters/duckdb/connection_pool.h"

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {

Result<Connection> ConnectionPool::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || open_ < kSize; });
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++open_;
  }
  auto connection = open_session();
  if (!connection.ok()) {
    std::lock_guard lock(mutex_);
    --open_;
  }
  return connection;
}

Result<Connection> ConnectionPool::open_session() {
  TRY(auto connection, Connection::open_warehouse(database_));
  CHECK_OK(connection.run(std::string(sql::functions)));
  return connection;
}

void ConnectionPool::give_back(Connection connection) {
  {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace spectrum::duckdb
