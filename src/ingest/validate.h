#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/refusal.h"
#include "model/event.h"
#include "model/project.h"

namespace spectrum::ingest {

// What an event must contain; docs/http-api.md says the same to its senders.
inline constexpr std::size_t kMaxEventTypeBytes = 200;
inline constexpr std::size_t kMaxEventIdBytes = 128;
inline constexpr std::size_t kMaxTextBytes = 255;
inline constexpr std::size_t kMaxPageBytes = 2048;
inline constexpr std::chrono::hours kMaxAhead{24};

bool is_status(std::string_view text);

/// Writes an ISO 4217 code in upper case to `out`; false when the text has not the form of one.
bool normalise_currency(std::string_view text, std::string& out);

/// An epoch number: below 1e11 seconds, below 1e14 milliseconds, else microseconds. Nothing beyond the year 9999.
std::optional<Timestamp> instant_of_epoch(double number);

/// A refusal when the event lies too far ahead of `now` or was older at its receipt than its project takes.
std::optional<Refusal> check_age(const model::Event& event, const model::Project& project, Timestamp now);

}  // namespace spectrum::ingest
