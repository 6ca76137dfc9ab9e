#include "adapters/duckdb/export_plan.h"

#include <algorithm>

#include "adapters/duckdb/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::duckdb {
namespace {

/// Rows that DuckDB handles at once.
constexpr std::uint64_t kVector = 2048;
/// As DuckDB's own default.
constexpr std::uint64_t kMostRowsAtATime = 524'288;
/// What a row takes besides its texts of any length.
constexpr std::uint64_t kFixedBytes = 250;

/// A run of kVector positions.
struct Run {
  std::uint64_t number, rows, bytes;
};

/// Cuts wide rows into steps of so many bytes; a run that alone is larger is cut evenly.
std::vector<ExportPlan::Step> cut(const std::vector<Run>& runs, model::Position after, model::Position until,
                                  std::uint64_t step_bytes) {
  std::vector<ExportPlan::Step> steps;
  model::Position begin = after;
  std::uint64_t gathered = 0;
  const auto end_step = [&](model::Position end) {
    if (end > begin) steps.push_back({begin, end});
    begin = end;
    gathered = 0;
  };
  for (const Run& run : runs) {
    const model::Position first = after + run.number * kVector;
    if (gathered + run.bytes > step_bytes) end_step(first);
    gathered += run.bytes;
    if (run.bytes <= step_bytes) continue;
    const std::uint64_t span = std::min(kVector, until - first);
    const std::uint64_t pieces = std::min(span, run.bytes / step_bytes + 1);
    for (std::uint64_t piece = 1; piece <= pieces; ++piece) end_step(first + span * piece / pieces);
  }
  end_step(until);
  return steps;
}

}  // namespace

Result<ExportPlan> ExportPlan::make(Connection& connection, model::Position after, model::Position until,
                                    const ExportBounds& bounds) {
  ExportPlan plan;
  std::vector<Run> runs;
  const std::string sql = warehouse::fill(
      sql::sizes_of_facts, {{"after", std::to_string(after)}, {"run", std::to_string(kVector)}});
  CHECK_OK(connection.for_each_chunk(sql, {}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const auto rows = static_cast<std::uint64_t>(chunk.bigint(2, row));
      const std::uint64_t bytes = static_cast<std::uint64_t>(chunk.bigint(3, row)) + rows * kFixedBytes;
      if (chunk.is_null(0, row)) {
        plan.row_bytes_of_date[std::string(chunk.text(1, row))] =
            static_cast<double>(bytes) / static_cast<double>(rows);
      } else {
        runs.push_back({static_cast<std::uint64_t>(chunk.bigint(0, row)), rows, bytes});
      }
    }
  }));
  std::uint64_t widest = kFixedBytes;
  for (const Run& run : runs) widest = std::max(widest, run.bytes / run.rows);
  const std::uint64_t fitting = bounds.memory_bytes / bounds.threads / widest;
  plan.rows_at_a_time = std::clamp(fitting, std::uint64_t{1}, kMostRowsAtATime);
  plan.steps = fitting >= kVector ? std::vector{Step{after, until}}
                                  : cut(runs, after, until, std::max<std::uint64_t>(bounds.memory_bytes / 2, 1));
  return plan;
}

}  // namespace spectrum::duckdb
