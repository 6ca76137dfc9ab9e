#include "adapters/duckdb/handles.h"

#include <duckdb.h>

namespace spectrum::duckdb {

void Release::operator()(_duckdb_database* handle) const { duckdb_close(&handle); }
void Release::operator()(_duckdb_connection* handle) const { duckdb_disconnect(&handle); }
void Release::operator()(_duckdb_prepared_statement* handle) const { duckdb_destroy_prepare(&handle); }
void Release::operator()(_duckdb_data_chunk* handle) const { duckdb_destroy_data_chunk(&handle); }

}  // namespace spectrum::duckdb
