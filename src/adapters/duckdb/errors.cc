#include "adapters/duckdb/errors.h"

#include <duckdb.h>

#include <algorithm>

namespace spectrum::duckdb {
namespace {

/// How DuckDB speaks of bytes that are not what it wrote.
constexpr std::string_view kDamage[] = {
    "orrupt",  // "Corrupt database file", "Data corruption detected", …
    "checksum",
    "Could not read enough bytes",
    "Failed to load metadata pointer",
    "invalid block",
    "row_id out of range",
    "not a valid DuckDB database file",
};

/// A damaged file says so only in words.
bool speaks_of_damage(std::string_view text) {
  // What is in memory, or in the file for what does not fit there, goes with the process.
  for (const std::string_view passing : {"temporary file", "in-memory"}) {
    if (text.find(passing) != std::string_view::npos) return false;
  }
  return std::ranges::any_of(
      kDamage, [&](std::string_view words) { return text.find(words) != std::string_view::npos; });
}

/// A commit that fails for want of memory has the type of a failed commit.
bool speaks_of_memory(std::string_view text) {
  return text.find("failed to pin block") != std::string_view::npos ||
         text.find("could not allocate block") != std::string_view::npos ||
         text.find("Out of Memory Error") != std::string_view::npos;
}

/// A message of the C API, which may be null.
std::string text_of(const char* message) { return message ? message : "DuckDB gave no reason"; }

}  // namespace

Error to_error(int type, const char* message) {
  std::string text = text_of(message);
  switch (type) {
    case DUCKDB_ERROR_SERIALIZATION: return corrupt(std::move(text));
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_PERMISSION:
      return speaks_of_damage(text) ? corrupt(std::move(text)) : unavailable(std::move(text));
    case DUCKDB_ERROR_INTERRUPT: return unavailable(std::move(text));
    case DUCKDB_ERROR_OUT_OF_MEMORY: return limited(std::move(text));
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_INVALID_INPUT: return invalid(std::move(text));
    default:
      if (text.find("Cannot CHECKPOINT") != std::string::npos) return conflict(std::move(text));
      if (speaks_of_memory(text)) return limited(std::move(text));
      return speaks_of_damage(text) ? corrupt(std::move(text)) : internal(std::move(text));
  }
}

Error prepare_error(_duckdb_prepared_statement* statement) {
  // Only here the type is told in words.
  const std::string text = text_of(statement ? duckdb_prepare_error(statement) : nullptr);
  const int type = text.starts_with("IO Error")                ? DUCKDB_ERROR_IO
                   : text.starts_with("FATAL Error")           ? DUCKDB_ERROR_FATAL
                   : text.starts_with("Serialization Error")   ? DUCKDB_ERROR_SERIALIZATION
                   : text.starts_with("INTERRUPT Error")       ? DUCKDB_ERROR_INTERRUPT
                   : text.starts_with("Out of Memory Error")   ? DUCKDB_ERROR_OUT_OF_MEMORY
                                                               : DUCKDB_ERROR_INTERNAL;
  return to_error(type, text.c_str());
}

}  // namespace spectrum::duckdb
