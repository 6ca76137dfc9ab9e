#include "adapters/duckdb/minutes.h"

namespace spectrum::duckdb {
namespace {

/// 1 = Monday … 7 = Sunday; day 0 was a Thursday.
std::int32_t day_of_week(std::int64_t day) { return static_cast<std::int32_t>(((day + 3) % 7 + 7) % 7 + 1); }

}  // namespace

Result<Minutes> Minutes::open(Connection& connection) {
  TRY(auto added, TableWriter::to_table(connection, warehouse::table("dim_time")));
  Minutes minutes(std::move(added));
  CHECK_OK(connection.for_each_chunk("SELECT time_id FROM dim_time", {}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) minutes.note(chunk.bigint(0, row));
  }));
  return minutes;
}

bool Minutes::note(std::int64_t minute) {
  auto known = known_[std::chrono::floor<std::chrono::days>(std::chrono::minutes(minute)).count()]
                     [static_cast<std::size_t>((minute % kPerDay + kPerDay) % kPerDay)];
  if (known) return false;
  known = true;
  return true;
}

std::int64_t Minutes::resolve(Timestamp instant) {
  const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(instant).time_since_epoch().count();
  if (minute != latest_) {
    latest_ = minute;
    if (note(minute)) added_minutes_.push_back(minute);
  }
  return minute;
}

Status Minutes::write() {
  for (const std::int64_t minute : added_minutes_) {
    const std::int64_t day = std::chrono::floor<std::chrono::days>(std::chrono::minutes(minute)).count();
    const auto minute_of_day = static_cast<std::int32_t>(minute - day * kPerDay);
    added_.set(0, minute);
    added_.set(1, static_cast<std::int32_t>(day));
    added_.set(2, minute_of_day / 60);
    added_.set(3, minute_of_day % 60);
    added_.set(4, day_of_week(day));
    CHECK_OK(added_.next_row());
  }
  return added_.flush();
}

}  // namespace spectrum::duckdb
