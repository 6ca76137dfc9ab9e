#pragma once

#include "adapters/duckdb/connection.h"
#include "ports/warehouse.h"

namespace spectrum::duckdb {

/// Writes the facts behind `after`, all other tables, and says up to which position. Call it inside a
/// transaction, so that all of it is of one moment.
Result<ports::Export> write_export(Connection& connection, model::Position after, const std::string& folder);

/// Writes the rows of files of one table as one file.
Result<ports::ParquetFile> merge_files(Connection& connection, std::span<const ports::ParquetFile> files,
                                       const std::string& path);

/// Fills the empty tables from an export. Call it inside a transaction.
Status read_export(Connection& connection, const ports::Export& source,
                   const ports::Warehouse::Progress& progress);

/// `['a.parquet', 'b.parquet']`
std::string file_list(std::span<const ports::ParquetFile> files);

}  // namespace spectrum::duckdb
