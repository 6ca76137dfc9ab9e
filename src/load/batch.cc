#include "load/batch.h"

#include <algorithm>

#include "model/record.h"

namespace spectrum::load {

Status Batch::read(std::span<const ports::StoredRecord> records) {
  events_.clear();
  ledger_.clear();
  rejections_.clear();
  replayed_.clear();
  events_.reserve(records.size());
  first_ = records.front().position;
  last_ = records.back().position;
  for (const auto& [position, bytes] : records) {
    const auto record = model::decode_record(bytes);
    if (!record.ok()) return corrupt("record " + std::to_string(position) + ": " + record.error().message);
    std::visit([&, at = position](const auto& what) { add(at, what); }, *record);
  }
  return {};
}

ports::LoadBatch Batch::facts(Timestamp deduplicated_since) const {
  return {events_, ledger_, first_ - 1, last_, deduplicated_since};
}

ports::LedgerDelta& Batch::hour_of(model::ProjectId project, Timestamp received_at) {
  received_until_ = std::max(received_until_, received_at);
  const Timestamp hour = std::chrono::floor<std::chrono::hours>(received_at);
  // From the back: records of one hour come together.
  const auto found = std::find_if(ledger_.rbegin(), ledger_.rend(), [&](const auto& delta) {
    return delta.project_id == project && delta.hour == hour;
  });
  if (found != ledger_.rend()) return *found;
  return ledger_.emplace_back(ports::LedgerDelta{project, hour});
}

void Batch::add(model::Position position, const model::Event& event) {
  events_.push_back({position, event});
  auto& delta = hour_of(event.project_id, event.received_at);
  ++delta.stored;
  if (event.replay_of == 0) return;
  // It was received once, in the hour of the first receipt, which is also this event's.
  --delta.quarantined;
  replayed_.push_back({event.replay_of, position});
}

void Batch::add(model::Position position, const model::Rejection& rejection) {
  rejections_.push_back({position, rejection});
  ++hour_of(rejection.project_id, rejection.received_at).quarantined;
}

void Batch::add(model::Position position, const model::Duplicates& duplicates) {
  auto& delta = hour_of(duplicates.project_id, duplicates.received_at);
  delta.duplicate += static_cast<std::int64_t>(duplicates.count);
  if (duplicates.replay_of == 0) return;
  --delta.quarantined;
  replayed_.push_back({duplicates.replay_of, position});
}

}  // namespace spectrum::load
