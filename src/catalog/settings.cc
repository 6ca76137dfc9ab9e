#include "catalog/settings.h"

#include <array>

#include "catalog/sql.h"

namespace spectrum::catalog {

Result<std::optional<std::string>> Settings::get(const std::string& name) {
  const std::array<ports::Value, 1> values = {name};
  TRY(const auto rows, database_.execute(sql::get_setting, values));
  if (rows.rows.empty()) return std::optional<std::string>();
  return std::optional(std::get<std::string>(rows.rows.front().front()));
}

Status Settings::put(const std::string& name, const std::string& value) {
  const std::array<ports::Value, 2> values = {name, value};
  TRY([[maybe_unused]] const auto stored, database_.execute(sql::put_setting, values));
  return {};
}

}  // namespace spectrum::catalog
