// Metrics and the ledger against loops over the same random events.
#include <gmock/gmock.h>

#include <set>

#include "base/time_text.h"
#include "query/ledger.h"
#include "query/metrics.h"
#include "tests/support/random_events.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using testing::HasSubstr;

class QuestionsTest : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr model::Position kEvents = 2000;

  QuestionsTest() {
    // Spread over weeks in which clocks change in Europe and America.
    const Timestamp start = *parse_rfc3339("2026-10-20T00:00:00Z");
    events_ = random_.next(kEvents, 0);
    for (auto& [position, event] : events_) event.occurred_at = start + std::chrono::seconds(random_.pick(16 * 86'400));
    warehouse_->load({events_, {}, 0, kEvents, {}}).value();
  }

  Scope scope(const std::string& from, const std::string& to, const std::string& zone, model::Position as_of = kEvents) {
    return {project_, parse_range(from, to, TimeZone::find(zone).value(), now_).value(), as_of, now_};
  }
  /// Events and users that a predicate chooses in [from, until).
  template <typename Chooses>
  Metrics::Counts count(const Scope& scope, Timestamp from, Timestamp until, Chooses chooses) const {
    Metrics::Counts counts;
    std::set<std::pair<bool, std::string>> users;
    for (const auto& [position, event] : events_) {
      const bool in_time = event.occurred_at >= std::max(from, scope.range.from) && event.occurred_at < std::min(until, scope.range.until);
      if (event.project_id != project_.number || !in_time || position > scope.as_of || !chooses(event)) continue;
      ++counts.count;
      users.emplace(event.is_anonymous(), event.user_key());
    }
    counts.users = static_cast<std::int64_t>(users.size());
    return counts;
  }

  const Timestamp now_ = *parse_rfc3339("2026-11-02T12:00:00Z");
  const model::Project project_;
  TempDir folder_;
  RandomEvents random_{GetParam()};
  std::vector<ports::PositionedEvent> events_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open_recorded_warehouse(folder_ / "w.duckdb");
};

TEST_P(QuestionsTest, MetricsCountWhatALoopCounts) {
  const auto scope = this->scope("2026-10-24", "2026-11-02", "Europe/Berlin");
  for (const std::string type : {"", "signup"}) {
    const auto chooses = [&](const model::Event& event) { return type.empty() || event.event_type == type; };
    const auto metrics = ask_metrics(*warehouse_, scope, type, Interval::day).value();
    const auto total = count(scope, scope.range.from, scope.range.until, chooses);
    EXPECT_EQ(metrics.total.count, total.count);
    EXPECT_EQ(metrics.total.users, total.users);
    for (std::size_t i = 0; i < metrics.buckets.size(); ++i) {
      const auto wanted = count(scope, metrics.buckets[i].start, metrics.buckets[i].end, chooses);
      EXPECT_EQ(metrics.series[i].count, wanted.count) << metrics.buckets[i].label;
      EXPECT_EQ(metrics.series[i].users, wanted.users) << metrics.buckets[i].label;
    }
    EXPECT_EQ(metrics.by_type.size(), type.empty() ? 3 : 1);
    for (const auto& row : metrics.by_type) {
      const auto wanted = count(scope, scope.range.from, scope.range.until,
                                [&](const model::Event& event) { return event.event_type == row.event_type; });
      EXPECT_EQ(row.count, wanted.count) << row.event_type;
      EXPECT_EQ(row.users, wanted.users) << row.event_type;
    }
    EXPECT_TRUE(std::is_sorted(metrics.by_type.begin(), metrics.by_type.end(), [](const auto& a, const auto& b) { return a.count > b.count; }));
  }
}

TEST_P(QuestionsTest, TheLedgerSumsHoursIntoLocalDays) {
  std::vector<ports::LedgerDelta> deltas;
  const Timestamp start = *parse_rfc3339("2026-10-24T00:00:00Z");
  for (int i = 0; i < 80; ++i) {
    deltas.push_back({project_.number, start + std::chrono::hours(i), random_.pick(50), random_.pick(9), random_.pick(9)});
  }
  warehouse_->load({{}, deltas, kEvents, kEvents + 1, {}}).value();
  const auto scope = this->scope("2026-10-25", "2026-10-26", "Europe/Berlin");
  for (const auto interval : {Interval::hour, Interval::day}) {
    const auto entries = ask_ledger(*warehouse_, scope, interval).value();
    EXPECT_EQ(entries.size(), interval == Interval::hour ? 49 : 2);
    for (const auto& entry : entries) {
      std::int64_t stored = 0, received = 0;
      for (const auto& delta : deltas) {
        if (delta.hour < entry.bucket.start || delta.hour >= entry.bucket.end) continue;
        stored += delta.stored;
        received += delta.stored + delta.duplicate + delta.quarantined;
      }
      EXPECT_EQ(entry.stored, stored) << entry.bucket.label;
      EXPECT_EQ(entry.received(), received) << entry.bucket.label;
    }
  }
}

TEST_P(QuestionsTest, TheLedgerHasHoursAndDaysOnly) {
  EXPECT_THAT(ask_ledger(*warehouse_, scope("", "", "UTC"), Interval::week).error().message, HasSubstr("/interval"));
}

INSTANTIATE_TEST_SUITE_P(Seeds, QuestionsTest, testing::Values(1u, 2u));

}  // namespace
}  // namespace spectrum::query
