#include "adapters/duckdb/chunk.h"

#include <duckdb.h>

namespace spectrum::duckdb {

static_assert(sizeof(TextCell) == sizeof(duckdb_string_t));

Chunk::Chunk(Handle<_duckdb_data_chunk> chunk)
    : chunk_(std::move(chunk)), rows_(duckdb_data_chunk_get_size(chunk_.get())) {
  const std::size_t columns = duckdb_data_chunk_get_column_count(chunk_.get());
  columns_.reserve(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), i);
    columns_.push_back({duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector)});
  }
}

}  // namespace spectrum::duckdb
