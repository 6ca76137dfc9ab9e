#include "load/rebuild.h"

#include <algorithm>

#include "base/fault_point.h"
#include "load/batch.h"
#include "load/checkpointer.h"

namespace spectrum::load {
namespace {

constexpr std::size_t kReadBytes = 64u << 20;
/// As LoaderOptions::max_batch_records.
constexpr std::size_t kBatchRecords = 122'880;

ports::Warehouse::Progress named(const RebuildProgress& progress, std::string_view step) {
  if (!progress) return {};
  return [&progress, step](std::uint64_t done, std::uint64_t total) { progress(step, done, total); };
}

/// Loads the log's records in (cursor, until].
Status catch_up(const Truth& truth, ports::Warehouse& warehouse, model::Position until,
                const RebuildProgress& progress) {
  TRY(model::Position cursor, warehouse.cursor());
  const model::Position start = cursor;
  if (cursor >= until) return {};
  TRY(const auto reader, truth.log.read_after(cursor));
  Batch batch;
  Checkpointer checkpointer(warehouse, {}, {});
  while (cursor < until) {
    TRY(auto records, reader->next(kReadBytes));
    if (records.empty()) return not_found("the log ends before position " + std::to_string(until));
    while (!records.empty() && cursor < until) {
      const auto part =
          records.first(std::min<std::uint64_t>({records.size(), kBatchRecords, until - cursor}));
      CHECK_OK(batch.read(part));
      CHECK_OK(truth.rejections.keep(batch.rejections(), batch.replayed()));
      fault_point("rebuild.before_commit");
      TRY([[maybe_unused]] const auto loaded, warehouse.load(batch.facts(truth.deduplicated_since)));
      CHECK_OK(checkpointer.loaded());
      cursor = part.back().position;
      records = records.subspan(part.size());
      if (progress) progress("log", cursor - start, until - start);
    }
  }
  return {};
}

}  // namespace

Status rebuild(const Truth& truth, ports::Warehouse& empty, model::Position until,
               const RebuildProgress& progress) {
  CHECK_OK(lake::restore(truth.lake, empty, named(progress, "lake")));
  fault_point("rebuild.after_restore");
  return catch_up(truth, empty, std::min(until, truth.log.stats().last), progress);
}

Result<std::optional<warehouse::Difference>> verify(const Truth& truth, ports::Warehouse& actual,
                                                    ports::Warehouse& empty,
                                                    const RebuildProgress& progress) {
  const model::Position last = truth.log.stats().last;
  TRY(const model::Position cursor, actual.cursor());
  // Nothing to read, but the log has to reach what was taken from it.
  TRY([[maybe_unused]] const auto reader, truth.log.read_after(std::max(cursor, truth.lake.position())));
  CHECK_OK(catch_up(truth, actual, last, progress));
  CHECK_OK(rebuild(truth, empty, last, progress));
  return warehouse::first_difference(actual, empty, named(progress, "compare"));
}

Result<bool> lags_behind_log(ports::Warehouse& warehouse, const ports::EventLog& log) {
  TRY(const model::Position cursor, warehouse.cursor());
  const model::Position first = log.stats().first;
  return first > cursor + 1;
}

}  // namespace spectrum::load
