#include "ingest/validate.h"

#include <cmath>

namespace spectrum::ingest {
namespace {

constexpr double kLastMicros = 253'402'300'799e6;  // 9999-12-31T23:59:59Z

}  // namespace

bool is_status(std::string_view text) { return text == "success" || text == "failed" || text == "pending"; }

bool normalise_currency(std::string_view text, std::string& out) {
  if (text.size() != 3) return false;
  out.clear();
  for (const char letter : text) {
    const char upper = static_cast<char>(letter & ~0x20);
    if (upper < 'A' || upper > 'Z') return false;
    out += upper;
  }
  return true;
}

std::optional<Timestamp> instant_of_epoch(double number) {
  const double size = std::abs(number);
  const double micros = size < 1e11 ? number * 1e6 : size < 1e14 ? number * 1e3 : number;
  if (!(std::abs(micros) <= kLastMicros)) return std::nullopt;
  return from_micros(std::llround(micros));
}

std::optional<Refusal> check_age(const model::Event& event, const model::Project& project, Timestamp now) {
  if (event.occurred_at > now + kMaxAhead) {
    return Refusal{"invalid_timestamp", "the event lies more than 24 hours ahead; check the sender's clock", {}};
  }
  if (project.max_event_age && event.occurred_at < event.received_at - *project.max_event_age) {
    return Refusal{"invalid_timestamp", "the event is older than the project takes (its max_event_age)", {}};
  }
  return std::nullopt;
}

}  // namespace spectrum::ingest
