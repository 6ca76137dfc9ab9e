#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace spectrum::app {

/// The flags of `spectrum load`, as they were given.
struct LoadRequest {
  std::vector<std::string> files;
  std::string project = "default";
  std::string format = "auto";
  std::vector<std::string> map;
  std::vector<std::string> set;
  std::string zone;
  std::string id_from = "content";
  std::string on_error = "quarantine";
  std::string to;
  std::string key;
  bool dry_run = false;
};

/// Loads files; returns the exit code.
int load_files(const Config& config, const LoadRequest& request);

}  // namespace spectrum::app
