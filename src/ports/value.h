#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace spectrum::ports {

/// One SQL value: a parameter, or a cell of an answer.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp>;

struct Column {
  std::string name;
  std::string type;  ///< the engine's own name of it, for people
};

/// The answer of a query, row by row.
struct Rows {
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;
};

}  // namespace spectrum::ports
