// Any bytes as a body of events: decoding never crashes, and what is accepted keeps the promises of the event model.
// Input: one byte whose lowest bit says JSON or lines; then the body.
#include <simdjson.h>

#include <cstdint>

#include "base/utf8.h"
#include "ingest/decode.h"
#include "ingest/validate.h"

namespace spectrum::ingest {
namespace {

class CheckingSink final : public DecodeSink {
 public:
  explicit CheckingSink(std::string_view body) : body_(body) {}

  void on_event(const model::Event& event, bool) override {
    ++count;
    SPECTRUM_ASSERT(!event.event_type.empty() && event.event_type.size() <= kMaxEventTypeBytes, "an event has a type");
    SPECTRUM_ASSERT(!event.event_id.empty() && event.event_id.size() <= kMaxEventIdBytes, "an event has an id");
    SPECTRUM_ASSERT(!event.user_key().empty(), "an event has a user");
    for (const auto text : {event.user_id, event.anonymous_id, event.session_id, event.product_sku, event.product_name,
                            event.product_category, event.experiment_id, event.variant, event.source, event.entity_id,
                            event.user_segment}) {
      check_text(text, kMaxTextBytes);
    }
    check_text(event.event_type, kMaxEventTypeBytes);
    check_text(event.event_id, kMaxEventIdBytes);
    check_text(event.page, kMaxPageBytes);
    SPECTRUM_ASSERT(event.status.empty() || is_status(event.status), "a status is one of three");
    SPECTRUM_ASSERT(!event.amount_minor || event.currency.size() == 3, "an amount has a currency");
    SPECTRUM_ASSERT(event.occurred_at <= event.received_at + kMaxAhead, "an event does not lie far ahead");
    check_object(event.properties);
    check_object(event.context);
    check_object(event.user_traits);
  }

  void on_refused(const Refusal& refusal, std::string_view payload) override {
    ++count;
    has_refused = true;
    SPECTRUM_ASSERT(!refusal.code.empty() && !refusal.message.empty(), "a refusal says why");
    SPECTRUM_ASSERT(payload.data() >= body_.data() && payload.data() + payload.size() <= body_.data() + body_.size(),
                    "a payload is a part of the body");
  }

  std::size_t count = 0;
  bool has_refused = false;

 private:
  static void check_text(std::string_view text, std::size_t limit) {
    SPECTRUM_ASSERT(text.size() <= limit, "a text keeps its limit");
    SPECTRUM_ASSERT(text.find('\0') == std::string_view::npos && valid_utf8(text) == text, "a text is UTF-8 without U+0000");
  }
  /// By simdjson's other parser, which reads everything.
  void check_object(std::string_view json) {
    if (json.empty()) return;
    simdjson::dom::element element;
    SPECTRUM_ASSERT(!parser_.parse(json.data(), json.size()).get(element), "what is kept as JSON is JSON");
    SPECTRUM_ASSERT(element.is_object(), "what is kept as JSON is an object");
  }

  std::string_view body_;
  simdjson::dom::parser parser_;
};

}  // namespace
}  // namespace spectrum::ingest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spectrum;
  if (size == 0) return 0;
  static ingest::EventDecoder decoder;
  static const model::Project project;
  std::string padded(reinterpret_cast<const char*>(data + 1), size - 1);
  padded.append(64, '}');
  const std::string_view body = std::string_view(padded).substr(0, size - 1);
  const auto framing = data[0] & 1 ? ingest::Framing::ndjson : ingest::Framing::json;
  ingest::CheckingSink sink(body);
  const auto decoded = decoder.decode(body, framing, {project, from_micros(1'790'000'000'000'000), {}}, sink);
  if (!decoded.ok()) return 0;
  SPECTRUM_ASSERT(decoded->count == sink.count, "every event is accepted or refused");
  if (framing == ingest::Framing::json && !sink.has_refused) {
    simdjson::dom::parser parser;
    const auto code = parser.parse(body.data(), body.size()).error();  // NUMBER_ERROR: an integer of more than 64 bits
    SPECTRUM_ASSERT(code == simdjson::SUCCESS || code == simdjson::NUMBER_ERROR, "what is accepted as a whole is JSON");
  }
  return 0;
}
