#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ports/warehouse.h"

namespace spectrum::warehouse {

/// The first row in which two warehouses differ.
struct Difference {
  enum class Kind {
    missing,     ///< the row is expected, and not there
    unexpected,  ///< the row is there, and not expected
    other,       ///< the row is there with other values
  };
  std::string table;
  std::string key;  ///< `seq=17`
  Kind kind = Kind::other;
  std::string column;  ///< the first one that differs; empty unless `other`
  std::string actual, expected;
};

std::string describe(const Difference& difference);

/// Compares all tables row by row, surrogate keys included. Nothing may load into either meanwhile.
Result<std::optional<Difference>> first_difference(ports::Warehouse& actual, ports::Warehouse& expected,
                                                   const ports::Warehouse::Progress& progress);

}  // namespace spectrum::warehouse
