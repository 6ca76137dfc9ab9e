#include "adapters/sqlite/sqlite_database.h"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <type_traits>

namespace spectrum::adapters {
namespace {

using ports::Rows;
using ports::Value;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
/// Lets go of a statement's rows and values, so that it can be asked again.
struct Reset {
  void operator()(sqlite3_stmt* statement) const {
    ::sqlite3_reset(statement);
    ::sqlite3_clear_bindings(statement);
  }
};

Error error_of(sqlite3* connection, std::string_view what) {
  const std::string message = std::string(what) + ": " + ::sqlite3_errmsg(connection);
  switch (::sqlite3_extended_errcode(connection)) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY: return conflict(message);
    default: break;
  }
  switch (::sqlite3_errcode(connection)) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return unavailable(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return corrupt(message);
    default: return internal(message);
  }
}

void bind(sqlite3_stmt* statement, int index, const Value& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          ::sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<Held, double>) {
          ::sqlite3_bind_double(statement, index, held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          ::sqlite3_bind_text64(statement, index, held.data(), held.size(), SQLITE_STATIC, SQLITE_UTF8);
        } else if constexpr (std::is_same_v<Held, Timestamp>) {
          ::sqlite3_bind_int64(statement, index, to_micros(held));
        } else {
          ::sqlite3_bind_int64(statement, index, held);
        }
      },
      value);
}

Value cell(sqlite3_stmt* statement, int column) {
  switch (::sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return std::monostate{};
    case SQLITE_INTEGER: return static_cast<std::int64_t>(::sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return ::sqlite3_column_double(statement, column);
    default: {
      const auto* const bytes = static_cast<const char*>(::sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement, column));
      return bytes ? std::string(bytes, size) : std::string();
    }
  }
}

}  // namespace

struct SqliteDatabase::Impl {
  sqlite3* connection = nullptr;
  std::recursive_mutex mutex;  // `transaction` holds it while its work calls `execute`
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> prepared;  // the catalog has few texts

  ~Impl() {
    prepared.clear();
    ::sqlite3_close_v2(connection);
  }

  Result<sqlite3_stmt*> prepare(std::string_view sql) {
    if (const auto known = prepared.find(sql); known != prepared.end()) return known->second.get();
    sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK) {
      return error_of(connection, "the catalog refuses a statement");
    }
    prepared.emplace(sql, statement);
    return statement;
  }

  Status script(const std::string& sql) {
    if (::sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      return error_of(connection, "the catalog refuses a statement");
    }
    return {};
  }
};

SqliteDatabase::SqliteDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteDatabase::~SqliteDatabase() = default;

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (::sqlite3_open_v2(path.c_str(), &impl->connection, flags, nullptr) != SQLITE_OK) {
    return error_of(impl->connection, "cannot open the catalog " + path);
  }
  ::sqlite3_busy_timeout(impl->connection, 5000);
  CHECK_OK(impl->script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"));
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(impl)));
}

Result<Rows> SqliteDatabase::execute(std::string_view sql, std::span<const Value> parameters) {
  const std::lock_guard lock(impl_->mutex);
  TRY(sqlite3_stmt* const raw, impl_->prepare(sql));
  const std::unique_ptr<sqlite3_stmt, Reset> in_use(raw);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int index = ::sqlite3_bind_parameter_index(raw, ("$" + std::to_string(i + 1)).c_str());
    if (index > 0) bind(raw, index, parameters[i]);
  }
  Rows rows;
  const int columns = ::sqlite3_column_count(raw);
  for (int i = 0; i < columns; ++i) {
    const char* const type = ::sqlite3_column_decltype(raw, i);
    rows.columns.push_back({::sqlite3_column_name(raw, i), type ? type : ""});
  }
  for (;;) {
    const int code = ::sqlite3_step(raw);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return error_of(impl_->connection, "the catalog refuses a statement");
    auto& row = rows.rows.emplace_back();
    for (int i = 0; i < columns; ++i) row.push_back(cell(raw, i));
  }
}

Status SqliteDatabase::execute_script(std::string_view sql) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->script(std::string(sql));
}

Status SqliteDatabase::transaction(const std::function<Status(ports::Database&)>& work) {
  const std::lock_guard lock(impl_->mutex);
  CHECK_OK(impl_->script("BEGIN IMMEDIATE"));
  Status status = work(*this);
  if (status.ok()) status = impl_->script("COMMIT");
  if (!status.ok()) [[maybe_unused]] const auto undone = impl_->script("ROLLBACK");
  return status;
}

}  // namespace spectrum::adapters
