#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "model/position.h"

namespace spectrum::model {

/// A product whose events are kept together, apart from all others.
struct Project {
  ProjectId number = kDefaultProject;
  std::string id = "default";  ///< the slug that users see
  std::string name = "Default";
  std::string timezone = "UTC";  ///< IANA
  std::string currency = "USD";  ///< ISO 4217, for amounts that come without one
  std::optional<std::chrono::seconds> max_event_age;
};

}  // namespace spectrum::model
