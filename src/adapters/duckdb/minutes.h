#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "adapters/duckdb/incoming_rows.h"
#include "base/clock.h"

namespace spectrum::duckdb {

/// Keeps dim_time: one row for each UTC minute in which something occurred.
class Minutes {
 public:
  static Result<Minutes> open(Connection& connection);

  void begin_batch() { added_.clear(); }
  /// The minute of an instant, counted from 1970.
  std::int64_t resolve(Timestamp instant);
  Status write(Feed& feed);

 private:
  static constexpr std::int64_t kPerDay = 24 * 60;
  using Day = std::bitset<kPerDay>;

  /// Notes a minute; false when it was known.
  bool note(std::int64_t minute);

  std::unordered_map<std::int64_t, Day> known_;
  std::optional<std::int64_t> latest_;  ///< the minute asked for last: mostly the one asked for next
  std::vector<std::int64_t> added_;
};

}  // namespace spectrum::duckdb
