// How long an event's JSON takes to become an event, against simdjson finding the structure of the same bytes only.
#include <benchmark/benchmark.h>

#include "base/time_text.h"
#include "ingest/decode.h"

namespace {

using namespace spectrum;

constexpr int kEvents = 1000;

std::string make_body() {
  std::string body;
  for (int i = 0; i < kEvents; ++i) {
    const std::string number = std::to_string(i);
    body += R"({"event_id":"6f1c9e0a-5b1d-4c7e-9a2f-)" + std::string(12 - number.size(), '0') + number +
            R"(","event_type":"page_view","user_id":"user_)" + number + R"(","session_id":"sess_9a7c11)" + number +
            R"(","timestamp":"2026-03-02T10:21:14.123Z","properties":{"page":"/products/17","referrer":"https://search.example/",)"
            R"("price":19.90,"currency":"USD","quantity":3,"logged_in":true},)"
            R"("context":{"ip":"203.0.113.9","locale":"en-US","device":"mobile"}})"
            "\n";
  }
  body.reserve(body.size() + 64);
  return body;
}

class Count final : public ingest::DecodeSink {
 public:
  void on_event(const model::Event& event, bool) override { bytes += event.properties.size(); }
  void on_refused(const ingest::Refusal&, std::string_view) override { ++refused; }
  std::size_t bytes = 0;
  std::size_t refused = 0;
};

void decode(benchmark::State& state) {
  const std::string body = make_body();
  const model::Project project;
  const Timestamp now = *parse_rfc3339("2026-03-02T12:00:00Z");
  ingest::EventDecoder decoder;
  Count count;
  for (auto _ : state) {
    const auto decoded = decoder.decode(body, ingest::Framing::ndjson, {project, now, {}}, count);
    if (!decoded || decoded->count != kEvents || count.refused > 0) state.SkipWithError("wrong answer");
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(decode);

}  // namespace

BENCHMARK_MAIN();
