#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/duckdb/chunk.h"
#include "adapters/duckdb/handles.h"
#include "base/result.h"
#include "ports/value.h"

namespace spectrum::duckdb {

/// One session with the database. One thread at a time.
class Connection {
 public:
  /// The database has to outlive it.
  static Result<Connection> open(_duckdb_database* database);
  /// The same, in the file that was attached as `warehouse`.
  static Result<Connection> open_warehouse(_duckdb_database* database);

  /// Runs statements that have no parameters and whose answer nobody needs.
  Status run(const std::string& statements);
  Result<ports::Rows> query(const std::string& sql, std::span<const ports::Value> parameters = {});
  /// Streams the answer of one statement, without holding all of it.
  Status for_each_chunk(const std::string& sql, std::span<const ports::Value> parameters,
                        const std::function<void(const Chunk&)>& use);
  /// The same, where a `take` that fails ends it.
  Status scan(const std::string& sql, std::span<const ports::Value> parameters,
              const std::function<Status(const Chunk&)>& take);
  /// The answer of a statement that yields one row with one number; NULL is 0.
  Result<std::int64_t> number(const std::string& sql);

  /// Runs `work` in a transaction, which is undone when `work` or the commit fails.
  Status transaction(const std::function<Status()>& work);

  _duckdb_connection* handle() const { return handle_.get(); }

 private:
  explicit Connection(Handle<_duckdb_connection> handle) : handle_(std::move(handle)) {}
  Result<Handle<_duckdb_prepared_statement>> prepare(const std::string& sql,
                                                     std::span<const ports::Value> parameters);

  Handle<_duckdb_connection> handle_;
};

}  // namespace spectrum::duckdb
