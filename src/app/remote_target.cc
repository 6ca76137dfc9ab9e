#include <chrono>
#include <span>
#include <thread>

#include "api/json.h"
#include "app/http_client.h"
#include "app/load_target.h"
#include "app/progress.h"
#include "base/json_text.h"
#include "base/utf8.h"

namespace spectrum::app {
namespace {

constexpr int kMaxTries = 120;  ///< of waiting until all is counted
constexpr std::chrono::seconds kPause{1};
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
    TRY(const std::string answer, client_.post_until_taken(path, body));
    return count(answer, rows);
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
};

}  // namespace

Result<std::unique_ptr<LoadTarget>> open_remote_target(const std::string& url, const std::string& key, const std::string& project) {
  return std::unique_ptr<LoadTarget>(std::make_unique<RemoteTarget>(url, key, project));
}

}  // namespace spectrum::app
