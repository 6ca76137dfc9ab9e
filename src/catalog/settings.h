#pragma once

#include <optional>
#include <string>

#include "ports/database.h"

namespace spectrum::catalog {

/// A few named values that the program keeps for itself. Thread-safe.
class Settings {
 public:
  explicit Settings(ports::Database& database) : database_(database) {}

  Result<std::optional<std::string>> get(const std::string& name);
  Status put(const std::string& name, const std::string& value);

 private:
  ports::Database& database_;
};

}  // namespace spectrum::catalog
