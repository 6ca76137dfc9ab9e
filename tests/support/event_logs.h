#pragma once

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "ports/event_log.h"

namespace spectrum {

inline ports::RecordBatch batch_of(const std::vector<std::string>& records) {
  ports::RecordBatch batch;
  for (const auto& record : records) {
    batch.bytes += record;
    batch.sizes.push_back(static_cast<std::uint32_t>(record.size()));
  }
  return batch;
}

/// Appends and waits for the answer.
inline Result<ports::Appended> append(ports::EventLog& log, const std::vector<std::string>& records) {
  std::promise<Result<ports::Appended>> answer;
  log.append(batch_of(records), [&](const Result<ports::Appended>& appended) { answer.set_value(appended); });
  return answer.get_future().get();
}

struct OwnedRecord {
  model::Position position = 0;
  std::string bytes;

  bool operator==(const OwnedRecord&) const = default;
};

/// All durable records behind `after`, or why they cannot be read.
inline Result<std::vector<OwnedRecord>> read_records(ports::EventLog& log, model::Position after) {
  TRY(const auto reader, log.read_after(after));
  std::vector<OwnedRecord> records;
  for (;;) {
    TRY(const auto some, reader->next(1 << 16));
    if (some.empty()) return records;
    for (const auto& record : some) records.push_back({record.position, std::string(record.bytes)});
  }
}

/// The bytes of all durable records behind `after`; nothing may be wrong with them.
inline std::vector<std::string> read_all(ports::EventLog& log, model::Position after = 0) {
  std::vector<std::string> all;
  auto records = read_records(log, after).value();
  for (auto& record : records) {
    SPECTRUM_ASSERT(record.position == after + all.size() + 1, "positions have no gap");
    all.push_back(std::move(record.bytes));
  }
  return all;
}

}  // namespace spectrum
