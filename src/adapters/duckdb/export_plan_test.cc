#include "adapters/duckdb/export_plan.h"

#include <duckdb.h>
#include <gmock/gmock.h>

namespace spectrum::duckdb {
namespace {

using Step = ExportPlan::Step;

class ExportPlanTest : public testing::Test {
 protected:
  void SetUp() override {
    duckdb_database database = nullptr;
    ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
    database_.reset(database);
    connection_ = std::make_unique<Connection>(Connection::open(database).value());
    run("CREATE TABLE fact_events (seq BIGINT, occurred_at TIMESTAMP, properties VARCHAR, context VARCHAR)");
  }
  void run(const std::string& sql) {
    const Status done = connection_->run(sql);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  /// Rows with positions in (after, until], each with a text of so many bytes.
  void add(int after, int until, int text_bytes) {
    run("INSERT INTO fact_events SELECT i, TIMESTAMP '2026-03-01', repeat('x', " + std::to_string(text_bytes) +
        "), NULL FROM range(" + std::to_string(after + 1) + ", " + std::to_string(until + 1) + ") t(i)");
  }
  ExportPlan plan(model::Position after, model::Position until, std::uint64_t memory_bytes) {
    return ExportPlan::make(*connection_, after, until, {memory_bytes, 2}).value();
  }

  Handle<_duckdb_database> database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ExportPlanTest, OrdinaryRowsGoInOneStep) {
  add(0, 10'000, 100);
  const auto planned = plan(0, 10'000, 64 << 20);
  EXPECT_THAT(planned.steps, testing::ElementsAre(Step{0, 10'000}));
  EXPECT_EQ(planned.rows_at_a_time, (32u << 20) / 350);
  EXPECT_EQ(planned.row_bytes_of_date.at("2026-03-01"), 350);
}

TEST_F(ExportPlanTest, NothingIsOneStep) {
  EXPECT_THAT(plan(7, 9, 64 << 20).steps, testing::ElementsAre(Step{7, 9}));
}

TEST_F(ExportPlanTest, WideRowsGoInStepsThatFit) {
  add(5, 5000, 40'000);
  const auto planned = plan(5, 5000, 32 << 20);
  model::Position end = 5;
  for (const auto& [after, until] : planned.steps) {
    EXPECT_EQ(after, end);
    EXPECT_LE((until - after) * 40'250, 16u << 20);
    end = until;
  }
  EXPECT_EQ(end, 5000u);
  EXPECT_GT(planned.steps.size(), 10u);
}

TEST_F(ExportPlanTest, OneWideRunDoesNotCutTheOthersShort) {
  add(0, 20'480, 100);
  add(20'480, 22'528, 20'000);
  add(22'528, 40'960, 100);
  const auto planned = plan(0, 40'960, 32 << 20);
  EXPECT_LE(planned.steps.size(), 6u);
  EXPECT_THAT(planned.steps.front(), (Step{0, 20'480}));
  EXPECT_EQ(planned.steps.back().until, 40'960u);
}

}  // namespace
}  // namespace spectrum::duckdb
