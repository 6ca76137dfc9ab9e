#pragma once

#include <span>
#include <string_view>

namespace spectrum::warehouse {

enum class ColumnType { boolean, integer, bigint, real, text, json, instant, date };

struct Column {
  std::string_view name;
  ColumnType type;
};

/// A table of the star schema that holds rows of the log, and so is exported, restored and compared.
struct Table {
  std::string_view name;
  std::span<const Column>
      columns;  ///< in the schema's order; the place, from 1, is the field id in Parquet: append only
  std::string_view key;  ///< the columns that name a row, separated by commas
};

inline constexpr std::string_view kFacts = "fact_events";
inline constexpr std::string_view kLedger = "ledger";

/// All of them, the facts first.
std::span<const Table> tables();
/// The table of that name; it has to exist.
const Table& table(std::string_view name);

}  // namespace spectrum::warehouse
