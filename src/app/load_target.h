#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "bulk/row.h"

namespace spectrum::app {

/// A row that did not become an event.
struct BadRow {
  std::uint64_t line = 0;
  std::string message;
};

/// What became of the rows of a load.
struct LoadCounts {
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t quarantined = 0;
  std::vector<BadRow> first_bad;  ///< the first few
};

inline constexpr std::size_t kShownBadRows = 5;

/// Where rows go. One thread at a time.
class LoadTarget {
 public:
  virtual ~LoadTarget() = default;

  /// Takes rows of a file; they may still be on their way when it returns. Overload and full disks are waited out.
  virtual Status send(const std::string& file, std::vector<bulk::Row> rows) = 0;
  /// Returns when every row is durable and, where this process does it, counted in the warehouse.
  virtual Result<LoadCounts> finish() = 0;
};

/// The data directory itself, when nobody else owns it.
Result<std::unique_ptr<LoadTarget>> open_local_target(const Config& config, const std::string& project);
/// A running server.
Result<std::unique_ptr<LoadTarget>> open_remote_target(const std::string& url, const std::string& key, const std::string& project);

}  // namespace spectrum::app
