#include "adapters/duckdb/promoted.h"

#include <algorithm>
#include <array>

#include "adapters/duckdb/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::duckdb {
namespace {

/// One row group of DuckDB.
constexpr model::Position kStep = 122'880;

}  // namespace

Result<std::vector<ports::PromotedProperty>> read_promoted(Connection& connection) {
  TRY(const auto answer, connection.query(std::string(sql::read_promoted)));
  std::vector<ports::PromotedProperty> properties;
  for (const auto& row : answer.rows) {
    properties.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2]),
                          static_cast<model::Position>(std::get<std::int64_t>(row[3])),
                          static_cast<model::Position>(std::get<std::int64_t>(row[4]))});
  }
  return properties;
}

Status add_promoted(Connection& connection, const std::string& property, std::size_t number, model::Position cursor) {
  const std::string text = "p" + std::to_string(number);
  const std::array<ports::Value, 4> row = {property, text, text + "_number", static_cast<std::int64_t>(cursor)};
  return connection.transaction([&]() -> Status {
    CHECK_OK(connection.run("ALTER TABLE fact_events ADD COLUMN " + text + " VARCHAR"));
    CHECK_OK(connection.run("ALTER TABLE fact_events ADD COLUMN " + text + "_number DOUBLE"));
    TRY([[maybe_unused]] const auto added, connection.query(std::string(sql::add_promoted), row));
    return {};
  });
}

Status fill_next(Connection& connection, const ports::PromotedProperty& property) {
  const model::Position until = std::min(property.filled_until + kStep, property.wanted_until);
  const std::array<ports::Value, 3> range = {static_cast<std::int64_t>(property.filled_until), static_cast<std::int64_t>(until),
                                             warehouse::json_pointer(property.property)};
  const std::array<ports::Value, 2> filled = {static_cast<std::int64_t>(until), property.property};
  return connection.transaction([&]() -> Status {
    TRY([[maybe_unused]] const auto changed,
        connection.query(warehouse::fill(sql::fill_promoted, {{"text", property.text_column}, {"number", property.number_column}}), range));
    TRY([[maybe_unused]] const auto noted, connection.query(std::string(sql::filled_promoted), filled));
    return {};
  });
}

}  // namespace spectrum::duckdb
