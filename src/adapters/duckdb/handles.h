#pragma once

#include <memory>

// DuckDB's opaque types, so that duckdb.h itself stays in .cc files.
struct _duckdb_database;
struct _duckdb_connection;
struct _duckdb_prepared_statement;
struct _duckdb_data_chunk;

namespace spectrum::duckdb {

struct Release {
  void operator()(_duckdb_database* handle) const;
  void operator()(_duckdb_connection* handle) const;
  void operator()(_duckdb_prepared_statement* handle) const;
  void operator()(_duckdb_data_chunk* handle) const;
};

/// Owns one of DuckDB's handles.
template <typename T>
using Handle = std::unique_ptr<T, Release>;

}  // namespace spectrum::duckdb
