#include <chrono>
#include <span>
#include <thread>

#include "api/json.h"
#include "app/http_client.h"
#include "app/load_target.h"
#include "app/progress.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/utf8.h"

namespace spectrum::app {
namespace {

using std::chrono::steady_clock;

constexpr int kMaxTries = 120;
constexpr std::chrono::seconds kPause{1};
/// A server that was never reached is rather a wrong address than one that restarts.
constexpr std::chrono::seconds kFirstContact{30};
constexpr std::chrono::seconds kBetweenWarnings{10};
constexpr std::size_t kMaxRequestBytes = 8 << 20;

std::string line_of(const bulk::Row& row) {
  if (!row.is_refused()) return "{\"line\":" + std::to_string(row.line) + ",\"event\":" + row.event + "}\n";
  JsonWriter json;
  json.begin_object().key("line").integer(static_cast<std::int64_t>(row.line)).key("payload").string(valid_utf8(row.payload));
  json.key("code").string(row.code).key("message").string(row.message).end_object();
  return json.take() + "\n";
}

/// Rows go to `POST /api/v1/load`. A request whose answer was lost is sent again: ids make that harmless.
class RemoteTarget final : public LoadTarget {
 public:
  RemoteTarget(const std::string& url, const std::string& key, std::string project)
      : client_(url, key), project_(std::move(project)) {}

  Status send(const std::string& file, std::vector<bulk::Row> rows) override {
    std::string body;
    std::size_t first = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      body += line_of(rows[i]);
      if (body.size() < kMaxRequestBytes && i + 1 < rows.size()) continue;
      CHECK_OK(post(file, body, std::span(rows).subspan(first, i + 1 - first)));
      body.clear();
      first = i + 1;
    }
    return {};
  }

  Result<LoadCounts> finish() override {
    Progress progress("seconds waiting until all of it is counted");
    const std::string path = "/api/v1/ledger?at_least=" + std::to_string(position_) + "&project=" + percent_encode(project_);
    for (int tries = 0; position_ > 0 && tries < kMaxTries; ++tries) {
      const auto answer = client_.send("GET", path);
      // A key that may not read need not wait: everything is durable.
      if (!answer || answer->status != 503) break;
      progress.show(static_cast<std::uint64_t>(tries), -1);
      std::this_thread::sleep_for(kPause);
    }
    return counts_;
  }

 private:
  Status post(const std::string& file, const std::string& body, std::span<const bulk::Row> rows) {
    const std::string path = "/api/v1/load?file=" + percent_encode(file) + "&project=" + percent_encode(project_);
    const auto started = steady_clock::now();
    auto warned = started - kBetweenWarnings;
    for (int tries = 1;; ++tries) {
      auto answer = client_.send("POST", path, body, "application/x-ndjson");
      was_reached_ |= answer.ok();
      const bool may_pass = !answer || answer->status == 503 || answer->status == 429;
      if (!may_pass && answer->status == 202) return count(answer->body, rows);
      if (!may_pass) return refused(*answer);
      const std::string reason = answer ? "the server answered " + std::to_string(answer->status) : answer.error().message;
      if (tries == kMaxTries) return unavailable(reason + "; gave up after " + std::to_string(tries) + " tries");
      if (!was_reached_ && steady_clock::now() - started >= kFirstContact) return unavailable(reason + "; is the address right?");
      if (steady_clock::now() - warned >= kBetweenWarnings) {
        log_warning("the server does not take rows now; trying again every second", {{"reason", reason}});
        warned += kBetweenWarnings;
      }
      std::this_thread::sleep_for(kPause);
    }
  }

  static Status refused(const HttpClient::Answer& answer) {
    const auto json = api::parse_json(answer.body);
    const Json* const error = json ? json->find("error") : nullptr;
    const Json* const message = error ? error->find("message") : nullptr;
    return invalid("the server answered " + std::to_string(answer.status) +
                   (message && message->string() ? ": " + *message->string() : ""));
  }

  Status count(const std::string& body, std::span<const bulk::Row> rows) {
    TRY(const Json json, api::parse_json(body));
    const auto number = [&](std::string_view name) {
      const Json* const member = json.find(name);
      return member && member->integer() ? static_cast<std::uint64_t>(*member->integer()) : std::uint64_t{0};
    };
    counts_.stored += number("accepted");
    counts_.duplicates += number("duplicates");
    position_ = std::max(position_, number("position"));
    const Json* const rejected = json.find("rejected");
    if (!rejected || !rejected->array()) return internal("the server's answer is not that of a Spectrum server");
    counts_.quarantined += rejected->array()->size();
    for (const auto& one : *rejected->array()) {
      const Json* const index = one.find("index");
      const Json* const message = one.find("message");
      if (counts_.first_bad.size() == kShownBadRows || !index || !index->integer() || !message || !message->string()) break;
      counts_.first_bad.push_back({rows[static_cast<std::size_t>(*index->integer())].line, *message->string()});
    }
    return {};
  }

  HttpClient client_;
  const std::string project_;
  LoadCounts counts_;
  std::uint64_t position_ = 0;
  bool was_reached_ = false;
};

}  // namespace

Result<std::unique_ptr<LoadTarget>> open_remote_target(const std::string& url, const std::string& key, const std::string& project) {
  return std::unique_ptr<LoadTarget>(std::make_unique<RemoteTarget>(url, key, project));
}

}  // namespace spectrum::app
