#include "adapters/duckdb/minutes.h"

namespace spectrum::duckdb {
namespace {

/// 1 = Monday … 7 = Sunday; day 0 was a Thursday.
std::int32_t day_of_week(std::int64_t day) { return static_cast<std::int32_t>(((day + 3) % 7 + 7) % 7 + 1); }

}  // namespace

Result<Minutes> Minutes::open(Connection& connection) {
  Minutes minutes;
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
    if (note(minute)) added_.push_back(minute);
  }
  return minute;
}

Status Minutes::write(Feed& feed) {
  const auto& table = warehouse::table("dim_time");
  const auto any = [](std::int64_t) { return true; };
  return feed.each(insert_into(table), table.columns, added_, any, [](RowWriter& row, std::int64_t minute) {
    const std::int64_t day = std::chrono::floor<std::chrono::days>(std::chrono::minutes(minute)).count();
    const auto minute_of_day = static_cast<std::int32_t>(minute - day * kPerDay);
    row.set(0, minute);
    row.set(1, static_cast<std::int32_t>(day));
    row.set(2, minute_of_day / 60);
    row.set(3, minute_of_day % 60);
    row.set(4, day_of_week(day));
  });
}

}  // namespace spectrum::duckdb
