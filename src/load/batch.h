#pragma once

#include <span>
#include <vector>

#include "load/rejection_sink.h"
#include "ports/event_log.h"
#include "ports/warehouse.h"

namespace spectrum::load {

/// A run of log records, sorted by what becomes of them. Its texts view the records' bytes.
class Batch {
 public:
  /// Takes in records that follow each other; replaces what the batch held. `corrupt` names a record that is
  /// none.
  Status read(std::span<const ports::StoredRecord> records);

  /// For the warehouse; lives until the next `read`.
  ports::LoadBatch facts(Timestamp deduplicated_since) const;

  std::span<const PositionedRejection> rejections() const { return rejections_; }
  std::span<const Replayed> replayed() const { return replayed_; }
  /// When the newest of it was received.
  Timestamp received_until() const { return received_until_; }

 private:
  void add(model::Position position, const model::Event& event);
  void add(model::Position position, const model::Rejection& rejection);
  void add(model::Position position, const model::Duplicates& duplicates);
  ports::LedgerDelta& hour_of(model::ProjectId project, Timestamp received_at);

  model::Position first_ = 0, last_ = 0;
  Timestamp received_until_{};
  std::vector<ports::PositionedEvent> events_;
  std::vector<ports::LedgerDelta> ledger_;
  std::vector<PositionedRejection> rejections_;
  std::vector<Replayed> replayed_;
};

}  // namespace spectrum::load
