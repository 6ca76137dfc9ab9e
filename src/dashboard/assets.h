#pragma once

#include <span>
#include <string_view>

namespace spectrum::dashboard {

/// A file of the dashboard, as it is served.
struct Asset {
  std::string_view path;  ///< `/` for the page itself, else `/assets/…`, whose names change with their content
  std::string_view type;
  std::string_view etag;  ///< with its quotes
  std::string_view plain;
  std::string_view gzip;
  std::string_view brotli;
};

/// All of them; none when the program was built without the dashboard.
std::span<const Asset> assets();

/// The asset at a path; nullptr when there is none.
const Asset* find_asset(std::string_view path);

}  // namespace spectrum::dashboard
