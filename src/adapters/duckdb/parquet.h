#pragma once

#include "adapters/duckdb/connection.h"
#include "adapters/duckdb/export_plan.h"
#include "ports/warehouse.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {

/// Writes the facts behind `after`, all other tables, and says up to which position. Call it inside a
/// transaction, so that all of it is of one moment, on a connection that does nothing else: it changes settings.
Result<ports::Export> write_export(Connection& connection, model::Position after, const std::string& folder,
                                   const ExportBounds& bounds);

/// Writes the rows of files of one table as one file.
Result<ports::ParquetFile> merge_files(Connection& connection, std::span<const ports::ParquetFile> files,
                                       const std::string& path, const ExportBounds& bounds);

/// Removes all rows.
Status clear_tables(Connection& connection);

/// Fills the tables from an export, file by file, and then sets the cursor; until then another attempt begins anew.
/// Calls `after_file` outside of a transaction.
Status read_export(Connection& connection, const ports::Export& source,
                   const ports::Warehouse::Progress& progress,
                   const std::function<Status(Connection&, const ports::ParquetFile&)>& after_file);

/// The type that a column has in the tables.
std::string_view table_type(warehouse::ColumnType type);
/// `CAST(seq AS BIGINT) AS seq, …`: what makes a table's rows of those in its lake files.
std::string columns_of_table(const warehouse::Table& table);

/// `['a.parquet', 'b.parquet']`
std::string file_list(std::span<const ports::ParquetFile> files);

}  // namespace spectrum::duckdb
