#pragma once

#include <string>

#include "api/services.h"

namespace spectrum::api {

/// How the program is: a JSON object that names each thing it needs.
struct HealthReport {
  bool is_ok = true;
  std::string json;
};

HealthReport check_health(const Services& services);

}  // namespace spectrum::api
