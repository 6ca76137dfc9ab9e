#include "adapters/duckdb/connection.h"

#include <duckdb.h>

#include "adapters/duckdb/errors.h"
#include "adapters/duckdb/rows.h"

namespace spectrum::duckdb {
namespace {

/// An answer, freed when it goes.
class Answer {
 public:
  Answer() = default;
  Answer(const Answer&) = delete;
  ~Answer() { duckdb_destroy_result(&result_); }

  duckdb_result* get() { return &result_; }
  Error error() { return to_error(duckdb_result_error_type(&result_), duckdb_result_error(&result_)); }

 private:
  duckdb_result result_{};
};

struct BindValue {
  duckdb_prepared_statement statement;
  idx_t index;

  duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
  duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, index, value); }
  duckdb_state operator()(std::int64_t value) const { return duckdb_bind_int64(statement, index, value); }
  duckdb_state operator()(double value) const { return duckdb_bind_double(statement, index, value); }
  duckdb_state operator()(const std::string& value) const {
    return duckdb_bind_varchar_length(statement, index, value.data(), value.size());
  }
  duckdb_state operator()(Timestamp value) const {
    return duckdb_bind_timestamp(statement, index, duckdb_timestamp{to_micros(value)});
  }
};

}  // namespace

Result<Connection> Connection::open(_duckdb_database* database) {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database, &connection) != DuckDBSuccess) return internal("DuckDB refused a connection");
  return Connection(Handle<_duckdb_connection>(connection));
}

Result<Connection> Connection::open_warehouse(_duckdb_database* database) {
  TRY(auto connection, open(database));
  CHECK_OK(connection.run("USE warehouse"));
  return connection;
}

Status Connection::run(const std::string& statements) {
  Answer answer;
  if (duckdb_query(handle_.get(), statements.c_str(), answer.get()) != DuckDBSuccess) return answer.error();
  return {};
}

Result<Handle<_duckdb_prepared_statement>> Connection::prepare(const std::string& sql,
                                                               std::span<const ports::Value> parameters) {
  duckdb_prepared_statement raw = nullptr;
  const auto prepared = duckdb_prepare(handle_.get(), sql.c_str(), &raw);
  Handle<_duckdb_prepared_statement> statement(raw);
  if (prepared != DuckDBSuccess) {
    Error error = prepare_error(raw);
    error.message += "\nin: " + sql;
    return error;
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::visit(BindValue{raw, i + 1}, parameters[i]) != DuckDBSuccess) {
      return internal("cannot bind $" + std::to_string(i + 1) + " of: " + sql);
    }
  }
  return statement;
}

Result<ports::Rows> Connection::query(const std::string& sql, std::span<const ports::Value> parameters) {
  TRY(const auto statement, prepare(sql, parameters));
  Answer answer;
  if (duckdb_execute_prepared(statement.get(), answer.get()) != DuckDBSuccess) return answer.error();
  RowReader reader(answer.get());
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(*answer.get())) {
    CHECK_OK(reader.read(Chunk(Handle<_duckdb_data_chunk>(chunk))));
  }
  return reader.take();
}

Status Connection::for_each_chunk(const std::string& sql, std::span<const ports::Value> parameters,
                                  const std::function<void(const Chunk&)>& use) {
  return scan(sql, parameters, [&](const Chunk& chunk) {
    use(chunk);
    return Status();
  });
}

Status Connection::scan(const std::string& sql, std::span<const ports::Value> parameters,
                        const std::function<Status(const Chunk&)>& take) {
  TRY(const auto statement, prepare(sql, parameters));
  duckdb_pending_result pending = nullptr;
  Answer answer;
  // What does not start says why, and of what kind that is, when it is executed.
  (void)duckdb_pending_prepared_streaming(statement.get(), &pending);
  const auto executed = pending ? duckdb_execute_pending(pending, answer.get()) : DuckDBError;
  duckdb_destroy_pending(&pending);
  if (executed != DuckDBSuccess) return answer.error();
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(*answer.get())) {
    CHECK_OK(take(Chunk(Handle<_duckdb_data_chunk>(chunk))));
  }
  if (duckdb_result_error(answer.get())) return answer.error();
  return {};
}

Result<std::int64_t> Connection::number(const std::string& sql) {
  TRY(const auto answer, query(sql));
  if (answer.rows.size() != 1 || answer.rows[0].size() != 1) return internal("no single number: " + sql);
  const auto* value = std::get_if<std::int64_t>(&answer.rows[0][0]);
  return value ? *value : 0;
}

Status Connection::transaction(const std::function<Status()>& work) {
  CHECK_OK(run("BEGIN TRANSACTION"));
  Status done = work();
  if (done.ok()) done = run("COMMIT");
  if (!done.ok()) {
    // After a failed commit DuckDB has rolled back already; then this one says so, which nobody needs to
    // hear.
    (void)run("ROLLBACK");
  }
  return done;
}

}  // namespace spectrum::duckdb
