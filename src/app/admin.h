#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace spectrum::app {

/// The flags of `spectrum project …` and `spectrum key …`.
struct AdminRequest {
  std::string id;
  std::string name;
  std::string project = "default";
  std::string timezone = "UTC";
  std::string currency = "USD";
  std::string max_event_age;
  std::vector<std::string> scopes;
  std::string expires_at;
};

// Administration without HTTP; when a server owns the data directory, through it. Each returns the exit code.
int create_project(const Config& config, const AdminRequest& request);
int list_projects(const Config& config);
int create_key(const Config& config, const AdminRequest& request);
int list_keys(const Config& config);
int revoke_key(const Config& config, const AdminRequest& request);

/// Prints the catalog's schema history; brings it up to date first when `up` is set.
int migrate(const Config& config, bool up);

}  // namespace spectrum::app
