#pragma once

#include <string>

#include "app/config.h"

namespace spectrum::app {

// Work on a data directory that no server owns. Each returns the exit code.

/// Brings the lake up to date; with a folder, copies a range of it there (`until` is the first date that is left out).
int export_lake(const Config& config, const std::string& to, const std::string& from, const std::string& until);

/// Builds the warehouse anew from lake and log, beside the old one, and puts it in its place.
int rebuild_warehouse(const Config& config);

/// Compares the warehouse with what lake and log say: 0 when they are equal, else 1 with the first difference.
int verify_warehouse(const Config& config);

}  // namespace spectrum::app
