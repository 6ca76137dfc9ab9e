#include "api/load_rows.h"

#include <deque>

#include "api/json.h"

namespace spectrum::api {
namespace {

constexpr std::string_view kCodes[] = {"invalid_json", "missing_field",     "invalid_type", "invalid_value",
                                       "invalid_timestamp", "too_long", "too_large", "too_deep"};

/// `{"line":7,"event":{…}}` as `spectrum load` writes it, taken apart without reading the event.
bool split_event_row(std::string_view text, ingest::BulkRow& row) {
  constexpr std::string_view kStart = "{\"line\":";
  constexpr std::string_view kEvent = ",\"event\":";
  if (!text.starts_with(kStart) || !text.ends_with('}')) return false;
  std::size_t at = kStart.size();
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    row.line = row.line * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  if (text.substr(at, kEvent.size()) != kEvent) return false;
  row.event = text.substr(at + kEvent.size(), text.size() - at - kEvent.size() - 1);
  return true;
}

Status read_refused_row(std::string_view text, ingest::BulkRow& row, std::deque<std::string>& texts) {
  TRY(const Json json, parse_json(text));
  const Json* const line = json.find("line");
  const Json* const payload = json.find("payload");
  const Json* const code = json.find("code");
  const Json* const message = json.find("message");
  if (!line || !line->integer() || !payload || !payload->string() || !code || !code->string() || !message ||
      !message->string()) {
    return invalid("a row must be {\"line\":n,\"event\":{...}} or {\"line\":n,\"payload\":\"\",\"code\":\"\",\"message\":\"\"}");
  }
  row.line = static_cast<std::uint64_t>(*line->integer());
  row.payload = texts.emplace_back(*payload->string());
  for (const auto known : kCodes) {
    if (known == *code->string()) row.refusal = ingest::Refusal{known, *message->string(), {}};
  }
  if (!row.refusal) return invalid("'" + *code->string() + "' is no code of a rejected event");
  return {};
}

Status read_rows(std::string_view body, std::vector<ingest::BulkRow>& rows, std::deque<std::string>& texts) {
  while (!body.empty()) {
    const auto text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), text.size() + 1));
    if (text.empty()) continue;
    if (rows.size() == ingest::kMaxEventsPerRequest) {
      return too_large("more than " + std::to_string(ingest::kMaxEventsPerRequest) + " rows in one request; split it");
    }
    ingest::BulkRow row;
    if (!split_event_row(text, row)) CHECK_OK(read_refused_row(text, row, texts));
    rows.push_back(std::move(row));
  }
  return rows.empty() ? Status(invalid("the body holds no rows")) : Status();
}

}  // namespace

void take_load_rows(const Services& services, const Exchange& exchange, std::string_view body, ingest::Intake::Done done) {
  const std::string file = exchange.request.query_value("file");
  if (file.empty()) return done(invalid("the parameter file is missing: name the file that the rows come from"));
  std::vector<ingest::BulkRow> rows;
  std::deque<std::string> texts;
  if (const auto status = read_rows(body, rows, texts); !status.ok()) return done(status.error());
  services.intake.load(exchange.access.project, file, rows, std::move(done));
}

}  // namespace spectrum::api
