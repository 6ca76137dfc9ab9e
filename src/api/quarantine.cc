#include "catalog/quarantine.h"

#include <charconv>
#include <future>
#include <mutex>

#include "api/answer.h"
#include "api/endpoint.h"
#include "api/page.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace spectrum::api {
namespace {

using catalog::QuarantineItem;

constexpr std::int64_t kReplaysPerRound = 100;
constexpr std::chrono::milliseconds kWaitForLoader{5000};

void write_item(JsonWriter& json, const QuarantineItem& item) {
  json.begin_object().key("id").integer(static_cast<std::int64_t>(item.id));
  json.key("received_at").string(format_rfc3339(item.received_at)).key("source").string(item.source);
  json.key("code").string(item.code).key("message").string(item.message).key("pointer");
  item.pointer.empty() ? json.null() : json.string(item.pointer);
  json.key("payload").string(valid_utf8(item.payload)).key("file");
  item.file ? json.string(*item.file) : json.null();
  json.key("line");
  item.line ? json.integer(*item.line) : json.null();
  json.key("replayed_at");
  item.replayed_at ? json.string(format_rfc3339(*item.replayed_at)) : json.null();
  json.end_object();
}

Status wait_until_loaded(const Services& services) {
  if (services.loader.wait_until(services.log.stats().last, kWaitForLoader)) return {};
  return unavailable("what came before is not loaded yet, and a replay waits for it; retry in a moment");
}

/// Waits for the turn to replay. What is in the log by then is loaded: an item that is not marked has no replay there, of
/// which a crash kept the mark from being written.
Result<std::unique_lock<std::mutex>> begin_replay(const Services& services) {
  CHECK_OK(wait_until_loaded(services));  // mostly here, where it keeps nobody from his turn
  auto turn = services.quarantine.begin_replay();
  CHECK_OK(wait_until_loaded(services));
  return turn;
}

/// What became of replayed items.
struct Outcome {
  std::int64_t replayed = 0;
  std::int64_t duplicate = 0;
  std::int64_t failed = 0;
  std::optional<ingest::Refusal> reason;  ///< of the last one that failed
};

/// Replays one item and waits until that is durable.
Status replay(const Services& services, const catalog::ProjectRef& project, const QuarantineItem& item, Outcome& outcome) {
  std::promise<Result<ingest::Receipt>> promise;
  auto answer = promise.get_future();
  services.intake.replay(project, item.id, item.received_at, item.payload,
                         [&promise](Result<ingest::Receipt> receipt) { promise.set_value(std::move(receipt)); });
  const auto receipt = answer.get();
  if (!receipt) return receipt.error();
  if (!receipt->rejected.empty()) {
    ++outcome.failed;
    outcome.reason = receipt->rejected.front().refusal;
    return {};
  }
  outcome.replayed += static_cast<std::int64_t>(receipt->accepted);
  outcome.duplicate += static_cast<std::int64_t>(receipt->duplicates);
  // The loader will say the same when it comes to the record; this is for whoever looks at once.
  return services.quarantine.mark_replayed(item.id, services.clock.now());
}

void write_reason(JsonWriter& json, const ingest::Refusal& reason) {
  json.begin_object().key("code").string(reason.code).key("message").string(reason.message).key("pointer");
  reason.pointer.empty() ? json.null() : json.string(reason.pointer);
  json.end_object();
}

http::Response outcome_answer(const Outcome& outcome, bool with_reason) {
  JsonWriter json;
  json.begin_object().key("data").begin_object().key("replayed").integer(outcome.replayed);
  json.key("duplicate").integer(outcome.duplicate).key("failed").integer(outcome.failed).end_object();
  if (with_reason && outcome.reason) {
    json.key("meta").begin_object().key("reason");
    write_reason(json, *outcome.reason);
    json.end_object();
  }
  json.end_object();
  return json_answer(200, json.take());
}

Status record(const Services& services, const Exchange& exchange, const std::string& target, const Outcome& outcome) {
  return services.audit.record(exchange.access.actor, exchange.access.project->number, "quarantine.replay", target,
                               "{\"replayed\":" + std::to_string(outcome.replayed) +
                                   ",\"duplicate\":" + std::to_string(outcome.duplicate) +
                                   ",\"failed\":" + std::to_string(outcome.failed) + "}");
}

Result<http::Response> replay_one(const Services& services, const Exchange& exchange) {
  model::Position id = 0;
  const auto [end, code] = std::from_chars(exchange.id.data(), exchange.id.data() + exchange.id.size(), id);
  if (code != std::errc() || end != exchange.id.data() + exchange.id.size()) {
    return not_found("there is no quarantined event '" + exchange.id + "'");
  }
  TRY(const auto turn, begin_replay(services));
  TRY(const auto item, services.quarantine.find(exchange.access.project->number, id));
  if (item.replayed_at) return conflict("event " + exchange.id + " was replayed already");
  Outcome outcome;
  CHECK_OK(replay(services, exchange.access.project, item, outcome));
  CHECK_OK(record(services, exchange, exchange.id, outcome));
  return outcome_answer(outcome, true);
}

Result<http::Response> replay_all(const Services& services, const Exchange& exchange) {
  const std::string code = exchange.request.query_value("code");
  Outcome outcome;
  for (model::Position after = 0;;) {
    TRY(const auto turn, begin_replay(services));  // anew each round: others wait
    TRY(const auto items,
        services.quarantine.list_unreplayed(exchange.access.project->number, code, after, kReplaysPerRound));
    if (items.empty()) break;
    for (const auto& item : items) CHECK_OK(replay(services, exchange.access.project, item, outcome));
    after = items.back().id;
  }
  CHECK_OK(record(services, exchange, code.empty() ? "all" : code, outcome));
  return outcome_answer(outcome, false);
}

Result<http::Response> list(const Services& services, const Exchange& exchange) {
  TRY(const auto page, page_of(exchange.request));
  TRY(const auto before, number_of(page));
  TRY(const auto items, services.quarantine.list(exchange.access.project->number, exchange.request.query_value("code"),
                                                 before, page.rows_to_read()));
  return list_answer(items, page, write_item, [](const QuarantineItem& item) { return std::to_string(item.id); });
}

}  // namespace

http::Response get_quarantine(const Services& services, const Exchange& exchange) {
  return answered(list(services, exchange));
}

http::Response post_replay(const Services& services, const Exchange& exchange) {
  return answered(replay_one(services, exchange));
}

http::Response post_replay_all(const Services& services, const Exchange& exchange) {
  return answered(replay_all(services, exchange));
}

}  // namespace spectrum::api
