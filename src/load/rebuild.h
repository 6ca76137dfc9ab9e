#pragma once

#include <functional>
#include <optional>

#include "lake/lake.h"
#include "load/rejection_sink.h"
#include "ports/event_log.h"
#include "ports/warehouse.h"
#include "warehouse/compare.h"

namespace spectrum::load {

/// What stands for the truth: the lake, and the log behind it.
struct Truth {
  const lake::Lake& lake;
  ports::EventLog& log;
  /// Gets what is refused among the log's records: nobody may have read them before.
  RejectionSink& rejections;
  /// Since when ingest knows every id (LoadBatch::deduplicated_since).
  Timestamp deduplicated_since;
};

/// Called now and then with how much of a step is done: rows of the lake, then records of the log.
using RebuildProgress = std::function<void(std::string_view step, std::uint64_t done, std::uint64_t total)>;

/// Fills an empty warehouse up to `until` (at most the log's end), giving the rows that loading had given,
/// surrogate keys included. `not_found` when the log lacks records that the lake has not got either.
Status rebuild(const Truth& truth, ports::Warehouse& empty, model::Position until,
               const RebuildProgress& progress);

/// Loads what the warehouse, into which nobody else loads, lacks of the log, and compares it with what lake and
/// log say, by way of an empty one. `corrupt` when the log ends before what was read from it.
Result<std::optional<warehouse::Difference>> verify(const Truth& truth, ports::Warehouse& actual,
                                                    ports::Warehouse& empty, const RebuildProgress& progress);

/// Whether a warehouse cannot simply follow the log from its cursor, because the log has let go of what comes
/// next: move its file aside and start with an empty one.
Result<bool> lags_behind_log(ports::Warehouse& warehouse, const ports::EventLog& log);

}  // namespace spectrum::load
