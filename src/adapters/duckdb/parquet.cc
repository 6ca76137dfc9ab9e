#include "adapters/duckdb/parquet.h"

#include "adapters/duckdb/sql.h"
#include "base/file.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {
namespace {

using warehouse::ColumnType;
using warehouse::fill;
using warehouse::quoted;

/// Measured in docs/decisions/0010-star-load.md.
constexpr std::string_view kCompression = "zstd";

/// The type of a column in lake files: plain ones, which every engine reads alike.
std::string_view lake_type(ColumnType type) {
  switch (type) {
    case ColumnType::boolean: return "BOOLEAN";
    case ColumnType::integer: return "INTEGER";
    case ColumnType::bigint: return "BIGINT";
    case ColumnType::real: return "DOUBLE";
    case ColumnType::text:
    case ColumnType::json: return "VARCHAR";
    case ColumnType::instant: return "TIMESTAMPTZ";
    case ColumnType::date: return "DATE";
  }
  return "";
}

/// `CAST(seq AS BIGINT) AS seq, …`
template <typename TypeOf>
std::string cast_columns(const warehouse::Table& table, TypeOf type_of) {
  std::string list;
  for (const auto& column : table.columns) {
    if (!list.empty()) list += ", ";
    list += "CAST(" + std::string(column.name) + " AS " + std::string(type_of(column.type)) + ") AS " +
            std::string(column.name);
  }
  return list;
}

/// `event_id: 1, seq: 2, …`
std::string field_ids(const warehouse::Table& table) {
  std::string list;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    list += (i == 0 ? "" : ", ") + std::string(table.columns[i].name) + ": " + std::to_string(i + 1);
  }
  return list;
}

/// `2026-11-21` out of `…/event_date=2026-11-21/facts_0.parquet`.
std::string partition_in(const std::string& path) {
  constexpr std::string_view kKey = "event_date=";
  const auto key = path.rfind(kKey);
  if (key == std::string::npos) return "";
  const auto begin = key + kKey.size();
  return path.substr(begin, path.find('/', begin) - begin);
}

/// Runs a COPY with RETURN_STATS and adds the files that it wrote.
Status copy(Connection& connection, const warehouse::Table& table, const std::string& sql,
            std::vector<ports::ParquetFile>& files) {
  return connection.for_each_chunk(sql, {}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      ports::ParquetFile file;
      file.table = table.name;
      file.path = chunk.text(0, row);
      if (table.name == warehouse::kFacts) file.partition = partition_in(file.path);
      file.rows = chunk.cell<std::uint64_t>(1, row);
      file.bytes = chunk.cell<std::uint64_t>(2, row);
      if (file.rows > 0) files.push_back(std::move(file));
    }
  });
}

/// Writes all rows of `source`, a table or a list of files, as one file.
Status copy_whole(Connection& connection, const warehouse::Table& table, const std::string& source,
                  const std::string& path, const ExportBounds& bounds,
                  std::vector<ports::ParquetFile>& files) {
  const std::string row_group = std::to_string(bounds.memory_bytes / bounds.threads);
  const std::string sql = fill(sql::export_table, {{"columns", cast_columns(table, lake_type)},
                                                   {"source", source},
                                                   {"path", quoted(path)},
                                                   {"compression", kCompression},
                                                   {"field_ids", field_ids(table)},
                                                   {"row_group_bytes", row_group}});
  return copy(connection, table, sql, files);
}

/// Writes the facts in (after, until], a folder for each step, and in it one for each date.
Status copy_facts(Connection& connection, model::Position after, model::Position until, const std::string& folder,
                  const ExportBounds& bounds, std::vector<ports::ParquetFile>& files) {
  const auto& table = warehouse::table(warehouse::kFacts);
  TRY(const auto plan, ExportPlan::make(connection, after, until, bounds));
  CHECK_OK(connection.run("SET partitioned_write_flush_threshold = " + std::to_string(plan.rows_at_a_time)));
  CHECK_OK(make_directories(folder));
  const std::size_t first = files.size();
  for (const auto& step : plan.steps) {
    CHECK_OK(copy(connection, table,
                  fill(sql::export_facts, {{"columns", cast_columns(table, lake_type)},
                                           {"after", std::to_string(step.after)},
                                           {"until", std::to_string(step.until)},
                                           {"path", quoted(folder + "/" + std::to_string(step.until))},
                                           {"compression", kCompression},
                                           {"field_ids", field_ids(table)}}),
                  files));
  }
  for (std::size_t i = first; i < files.size(); ++i) {
    const auto row = plan.row_bytes_of_date.find(files[i].partition);
    if (row == plan.row_bytes_of_date.end()) return internal("a file of an unknown date: " + files[i].path);
    files[i].unpacked_bytes = static_cast<std::uint64_t>(row->second * static_cast<double>(files[i].rows));
  }
  return {};
}

std::string read_files(std::span<const ports::ParquetFile> files) {
  return "read_parquet(" + file_list(files) + ", hive_partitioning = false)";
}

}  // namespace

std::string_view table_type(ColumnType type) {
  switch (type) {
    case ColumnType::json: return "JSON";
    case ColumnType::instant: return "TIMESTAMP";
    default: return lake_type(type);
  }
}

std::string columns_of_table(const warehouse::Table& table) { return cast_columns(table, table_type); }

std::string file_list(std::span<const ports::ParquetFile> files) {
  std::string list = "[";
  for (const auto& file : files) list += (list.size() == 1 ? "" : ", ") + quoted(file.path);
  return list + "]";
}

Result<ports::Export> write_export(Connection& connection, model::Position after, const std::string& folder,
                                   const ExportBounds& bounds) {
  ports::Export exported;
  TRY(const std::int64_t cursor, connection.number("SELECT position FROM load_cursor"));
  exported.until = static_cast<model::Position>(cursor);
  for (const auto& table : warehouse::tables()) {
    const std::string path = folder + "/" + std::string(table.name);
    if (table.name == warehouse::kFacts) {
      CHECK_OK(copy_facts(connection, after, exported.until, path, bounds, exported.files));
    } else {
      CHECK_OK(copy_whole(connection, table, std::string(table.name), path + ".parquet", bounds, exported.files));
    }
  }
  return exported;
}

Result<ports::ParquetFile> merge_files(Connection& connection, std::span<const ports::ParquetFile> files,
                                       const std::string& path, const ExportBounds& bounds) {
  std::vector<ports::ParquetFile> merged;
  const auto& table = warehouse::table(files.front().table);
  CHECK_OK(copy_whole(connection, table, read_files(files), path, bounds, merged));
  if (merged.size() != 1) return internal("merging files gave " + std::to_string(merged.size()));
  merged.front().partition = files.front().partition;
  for (const auto& file : files) merged.front().unpacked_bytes += file.unpacked_bytes;
  return std::move(merged.front());
}

Status clear_tables(Connection& connection) {
  for (const auto& table : warehouse::tables()) {
    CHECK_OK(connection.run("DELETE FROM " + std::string(table.name)));
  }
  return {};
}

Status read_export(Connection& connection, const ports::Export& source,
                   const ports::Warehouse::Progress& progress,
                   const std::function<Status(Connection&, const ports::ParquetFile&)>& after_file) {
  CHECK_OK(clear_tables(connection));
  CHECK_OK(connection.run("UPDATE promoted_properties SET filled_until = 0, wanted_until = " + std::to_string(source.until)));
  std::uint64_t total = 0, done = 0;
  for (const auto& file : source.files) total += file.rows;
  for (const auto& file : source.files) {
    if (progress) progress(done, total);
    const auto& table = warehouse::table(file.table);
    std::string names;
    for (const auto& column : table.columns) names += (names.empty() ? "" : ", ") + std::string(column.name);
    CHECK_OK(connection.run(fill(sql::import_table, {{"table", table.name},
                                                     {"names", names},
                                                     {"columns", cast_columns(table, table_type)},
                                                     {"files", file_list({&file, 1})}})));
    done += file.rows;
    CHECK_OK(after_file(connection, file));
  }
  CHECK_OK(connection.run("UPDATE load_cursor SET position = " + std::to_string(source.until)));
  if (progress) progress(done, total);
  return {};
}

}  // namespace spectrum::duckdb
