#include <duckdb.h>
#include <signal.h>
#include <simdjson.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <new>

#include "adapters/duckdb/allowed_sql.h"
#include "adapters/duckdb/connection.h"
#include "adapters/duckdb/parquet.h"
#include "adapters/duckdb/sandbox.h"
#include "adapters/duckdb/sandbox_protocol.h"
#include "adapters/duckdb/sql.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr int kLowPriority = 10;
constexpr std::uint64_t kProgramBytes = 1u << 30;  ///< of address space, beside what DuckDB may use
constexpr std::size_t kExactDigits = 15;           ///< that a double, and so JavaScript, holds

struct Request {
  std::string sql;
  std::vector<ports::Value> parameters;
  std::int64_t limit = 0;
  std::int64_t project = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t seconds = 0;
  std::string folder;
  std::vector<ports::ParquetFile> files;
};

std::string text_of(const element& value) { return std::string(value.get_c_str().value_unsafe(), value.get_string_length().value_unsafe()); }

ports::Value value_of(const element& value) {
  switch (value.type()) {
    case element_type::BOOL: return value.get_bool().value();
    case element_type::INT64: return value.get_int64().value();
    case element_type::UINT64:
    case element_type::DOUBLE: return value.get_double().value();
    case element_type::STRING: return text_of(value);
    default: return std::monostate{};
  }
}

/// Reads what the server wrote; it is well formed.
Request parse(const std::string& json) {
  simdjson::dom::parser parser;
  const element body = parser.parse(json);
  Request request;
  request.sql = text_of(body["sql"].value());
  const simdjson::dom::array parameters = body["parameters"];
  for (const auto parameter : parameters) request.parameters.push_back(value_of(parameter));
  request.limit = body["limit"].get_int64();
  request.project = body["project"].get_int64();
  request.memory_bytes = body["memory_bytes"].get_uint64();
  request.seconds = body["seconds"].get_uint64();
  request.folder = text_of(body["folder"].value());
  const simdjson::dom::array files = body["files"];
  for (const auto file : files) {
    auto& parquet = request.files.emplace_back();
    parquet.table = text_of(file["table"].value());
    parquet.path = text_of(file["path"].value());
  }
  return request;
}

void limit(int resource, std::uint64_t soft, std::uint64_t hard) {
  const rlimit limits{soft, hard};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limits);
}

/// From here on this process can neither write nor grow nor run for long, and it can gain no rights.
void confine(const Request& request) {
  // A sanitizer's shadow of the memory is larger than any limit.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_AS, request.memory_bytes + kProgramBytes, request.memory_bytes + kProgramBytes);
#endif
  limit(RLIMIT_CPU, request.seconds, request.seconds + 1);
  limit(RLIMIT_FSIZE, 0, 0);
  limit(RLIMIT_CORE, 0, 0);
  ::setpriority(PRIO_PROCESS, 0, kLowPriority);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// `line 2, column 5: ` for an offset into the user's text.
std::string spot(const std::string& sql, std::size_t offset) {
  offset = std::min(offset, sql.size());
  const auto before = std::string_view(sql).substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = offset - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

/// `@13 text` with the offset said as line and column; the statement begins `shift` bytes into what ran.
std::string placed(const std::string& sql, const std::string& message, std::size_t shift = 0) {
  if (!message.starts_with('@')) return message;
  const auto space = message.find(' ');
  const auto offset = static_cast<std::size_t>(std::strtoull(message.c_str() + 1, nullptr, 10));
  if (offset < shift) return message.substr(space + 1);
  return spot(sql, offset - shift) + message.substr(space + 1);
}

/// DuckDB's error, which is JSON behind a few words, as `@13 text`.
std::string readable(const std::string& message) {
  const auto brace = message.find('{');
  if (brace == std::string::npos) return message;
  simdjson::dom::parser parser;
  element error;
  const auto end = message.find('\n', brace);  // behind it is the statement that ran
  if (parser.parse(message.substr(brace, end - brace)).get(error) != simdjson::SUCCESS) return message;
  std::string_view text;
  std::string_view position;
  if (error["exception_message"].get(text) != simdjson::SUCCESS) return message;
  if (error["position"].get(position) != simdjson::SUCCESS) return std::string(text);
  return "@" + std::string(position) + " " + std::string(text);
}

std::string definitions(const warehouse::Table& table) {
  std::string list;
  for (const auto& column : table.columns) {
    list += (list.empty() ? "" : ", ") + std::string(column.name) + " " + std::string(table_type(column.type));
  }
  return list;
}

Status make_tables(Connection& connection, const Request& request) {
  for (const auto& table : warehouse::tables()) {
    if (table.name == warehouse::kLedger) continue;
    std::vector<ports::ParquetFile> files;
    for (const auto& file : request.files) {
      if (file.table == table.name) files.push_back(file);
    }
    const bool of_projects = std::ranges::any_of(table.columns, [](const auto& column) { return column.name == "project_id"; });
    const std::string condition = of_projects ? " WHERE project_id = " + std::to_string(request.project) : "";
    const std::string name(table.name);
    CHECK_OK(connection.run(files.empty() ? "CREATE TABLE " + name + " (" + definitions(table) + ")"
                                          : warehouse::fill(sql::sandbox_view, {{"table", name},
                                                                                {"columns", columns_of_table(table)},
                                                                                {"files", file_list(files)},
                                                                                {"condition", condition}})));
  }
  return {};
}

/// Whether JSON has the type itself; others travel as text.
bool is_plain(const std::string& type) {
  for (const std::string_view plain : {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "FLOAT",
                                       "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}) {
    if (type == plain) return true;
  }
  return false;
}

bool is_number(const std::string& type) { return type == "HUGEINT" || type == "UHUGEINT" || type == "UBIGINT" || type == "DECIMAL"; }

struct WriteCell {
  JsonWriter& json;
  const ports::Column& column;

  void operator()(std::monostate) const { json.null(); }
  void operator()(bool value) const { json.boolean(value); }
  void operator()(std::int64_t value) const { json.integer(value); }
  void operator()(double value) const { json.number(value); }
  void operator()(const std::string& value) const {
    const bool is_exact = is_number(column.type) && value.size() <= kExactDigits;
    is_exact ? json.raw(value) : json.string(value);
  }
  void operator()(Timestamp value) const { json.string(format_rfc3339(value)); }
};

/// One statement on its way to an answer.
class Statement {
 public:
  Statement(Connection& connection, const Request& request)
      : connection_(connection), request_(request), text_(without_end(request.sql)) {}

  /// The answer as JSON.
  Result<std::string> run() {
    TRY(const auto description, ask("*", 0));
    TRY(const auto answer, ask(list_of(description.columns), request_.limit + 1));
    JsonWriter json;
    json.begin_object().key("columns").begin_array();
    for (const auto& column : description.columns) {
      json.begin_object().key("name").string(column.name).key("type").string(column.type).end_object();
    }
    json.end_array().key("rows").begin_array();
    const std::size_t rows = std::min(answer.rows.size(), static_cast<std::size_t>(request_.limit));
    for (std::size_t row = 0; row < rows; ++row) {
      json.begin_array();
      for (std::size_t i = 0; i < description.columns.size(); ++i) {
        std::visit(WriteCell{json, description.columns[i]}, answer.rows[row][i]);
      }
      json.end_array();
    }
    json.end_array().key("truncated").boolean(answer.rows.size() > rows).end_object();
    return json.take();
  }

  /// How far into what ran last the user's text begins.
  std::size_t shift() const { return shift_; }

 private:
  static std::string without_end(const std::string& sql) {
    const auto last = sql.find_last_not_of("; \t\r\n");
    return last == std::string::npos ? "" : sql.substr(0, last + 1);
  }

  static std::string list_of(const std::vector<ports::Column>& columns) {
    std::string list;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string place = "#" + std::to_string(i + 1);
      list += (i == 0 ? "" : ", ") + (is_plain(columns[i].type) ? place : "CAST(" + place + " AS VARCHAR)");
    }
    return list;
  }

  Result<ports::Rows> ask(const std::string& list, std::int64_t limit) {
    const std::string before = "SELECT " + list + " FROM (\n";
    shift_ = before.size();
    return connection_.query(before + text_ + "\n) AS answer LIMIT " + std::to_string(limit), request_.parameters);
  }

  Connection& connection_;
  const Request& request_;
  const std::string text_;
  std::size_t shift_ = 0;
};

/// The statement's parse tree, as JSON.
Result<std::string> parse_tree(Connection& connection, const std::string& sql) {
  const std::vector<ports::Value> text = {sql};
  TRY(const auto rows, connection.query("SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", text));
  return std::get<std::string>(rows.rows.at(0).at(0));
}

int write_out(const std::string& bytes, SandboxExit code) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  return std::fflush(stdout) == 0 ? code : kOutOfMemory;
}

int refuse(const std::string& message) { return write_out(message, kRefused); }

int out_of_memory_or(const Error& error, const std::string& message) {
  if (error.code == Errc::limited) return kOutOfMemory;
  return refuse(message);
}

int work(const Request& request) {
  duckdb_database raw = nullptr;
  if (duckdb_open(nullptr, &raw) != DuckDBSuccess) return kOutOfMemory;
  const Handle<_duckdb_database> database(raw);
  auto connection = Connection::open(database.get());
  if (!connection) return kOutOfMemory;
  if (!make_tables(*connection, request).ok()) return refuse("the lake's files cannot be read");
  const auto settings = warehouse::fill(sql::sandbox_settings, {{"memory_bytes", std::to_string(request.memory_bytes)},
                                                                {"folder", warehouse::quoted(request.folder)}});
  if (const auto set = connection->run(settings); !set.ok()) return refuse(set.error().message);
  const auto tree = parse_tree(*connection, request.sql);
  if (!tree) return out_of_memory_or(tree.error(), readable(tree.error().message));
  if (const auto allowed = check_allowed(*tree); !allowed.ok()) return refuse(placed(request.sql, allowed.error().message));
  Statement statement(*connection, request);
  const auto answer = statement.run();
  if (answer) return write_out(*answer, kAnswered);
  return out_of_memory_or(answer.error(), placed(request.sql, readable(answer.error().message), statement.shift()));
}

}  // namespace

int run_sandbox_worker() {
  const std::string json(std::istreambuf_iterator<char>(std::cin), {});
  const Request request = parse(json);
  confine(request);
  int code = kOutOfMemory;
  try {
    code = work(request);
  } catch (const std::bad_alloc&) {
  }
  ::_exit(code);  // what there is to free goes with the process
}

}  // namespace spectrum::duckdb
