#include "adapters/duckdb/row_writer.h"

#include <duckdb.h>

namespace spectrum::duckdb {

void RowWriter::begin(_duckdb_data_chunk* chunk) {
  chunk_ = chunk;
  row_ = 0;
  const std::size_t columns = duckdb_data_chunk_get_column_count(chunk);
  cells_.resize(columns);
  validity_.resize(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    duckdb_vector_ensure_validity_writable(vector);
    cells_[i] = duckdb_vector_get_data(vector);
    validity_[i] = duckdb_vector_get_validity(vector);
  }
}

void RowWriter::end() { duckdb_data_chunk_set_size(chunk_, row_); }

}  // namespace spectrum::duckdb
