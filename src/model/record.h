#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "model/event.h"

namespace spectrum::model {

/// What one log record says. Everything that was received is in the log, so facts, ledger and quarantine all follow
/// from it. Bytes: docs/log-format.md.
using Record = std::variant<Event, Rejection, Duplicates>;

/// Appends the bytes of a record to `out`.
void encode(const Event& event, std::string& out);
void encode(const Rejection& rejection, std::string& out);
void encode(const Duplicates& duplicates, std::string& out);

/// The beginning of an event's record: what tells the event from others.
struct EventHead {
  ProjectId project_id = kDefaultProject;
  Timestamp received_at;
  std::string_view event_id;
};

/// Reads that alone, for a fraction of what `decode_record` costs; nothing when the record is no event.
std::optional<EventHead> event_head(std::string_view bytes);

/// Reads a record; its text views point into `bytes`. `corrupt` when the bytes are none.
Result<Record> decode_record(std::string_view bytes);

}  // namespace spectrum::model
