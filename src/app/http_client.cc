#include "app/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "api/json.h"
#include "base/log.h"

namespace spectrum::app {
namespace {

constexpr long kTimeoutSeconds = 120;
constexpr long kConnectTimeoutSeconds = 10;

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{120};
constexpr std::chrono::seconds kPause{1};
/// A server that was never reached is rather a wrong address than one that restarts.
constexpr std::chrono::seconds kFirstContact{30};
constexpr std::chrono::seconds kBetweenWarnings{10};

std::size_t append_body(char* bytes, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(bytes, size * count);
  return size * count;
}

Error error_of(int status, const std::string& body) {
  std::string message = "the server answered " + std::to_string(status);
  if (const auto json = api::parse_json(body)) {
    const Json* const error = json->find("error");
    const Json* const text = error ? error->find("message") : nullptr;
    if (text && text->string()) message = *text->string();
  }
  const Errc code = status == 404 ? Errc::not_found : status == 409 ? Errc::conflict : status >= 500 ? Errc::unavailable : Errc::invalid;
  return {code, message};
}

}  // namespace

HttpClient::HttpClient(std::string url, std::string key) : url_(std::move(url)), key_(std::move(key)), curl_(::curl_easy_init()) {
  while (url_.ends_with('/')) url_.pop_back();
}

HttpClient::~HttpClient() { ::curl_easy_cleanup(curl_); }

Result<HttpClient::Answer> HttpClient::send(const std::string& method, const std::string& path, const std::string& body,
                                            const std::string& content_type) {
  Answer answer;
  ::curl_easy_reset(curl_);
  curl_slist* list = ::curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str());
  list = ::curl_slist_append(list, "Expect:");
  if (!key_.empty()) list = ::curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  const std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers(list, &::curl_slist_free_all);
  ::curl_easy_setopt(curl_, CURLOPT_URL, (url_ + path).c_str());
  ::curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
  ::curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl_, CURLOPT_TIMEOUT, kTimeoutSeconds);
  ::curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  ::curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl_, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  ::curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append_body);
  ::curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer.body);
  if (method != "GET") {
    ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.c_str());
    ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  if (const auto code = ::curl_easy_perform(curl_); code != CURLE_OK) {
    return unavailable("no answer from " + url_ + ": " + ::curl_easy_strerror(code));
  }
  long status = 0;
  ::curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  curl_off_t retry_after = 0;
  ::curl_easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &retry_after);
  answer.retry_after = std::chrono::seconds(retry_after);
  return answer;
}

Result<std::string> HttpClient::expect(const std::string& method, const std::string& path, const std::string& body) {
  TRY(auto answer, send(method, path, body));
  if (answer.status < 200 || answer.status > 299) return error_of(answer.status, answer.body);
  return std::move(answer.body);
}

Result<std::string> HttpClient::post_until_taken(const std::string& path, const std::string& lines) {
  const auto started = steady_clock::now();
  auto warned = started - kBetweenWarnings;
  for (;;) {
    auto answer = send("POST", path, lines, "application/x-ndjson");
    was_reached_ |= answer.ok();
    if (answer && answer->status == 202) return std::move(answer->body);
    if (answer && answer->status != 503 && answer->status != 429) return error_of(answer->status, answer->body);
    const auto now = steady_clock::now();
    const std::string reason = answer ? error_of(answer->status, answer->body).message : answer.error().message;
    if (now - started >= kPatience) return unavailable(reason + "; gave up after two minutes");
    if (!was_reached_ && now - started >= kFirstContact) return unavailable(reason + "; is the address right?");
    if (now - warned >= kBetweenWarnings) {
      log_warning("the server does not take events now; trying again", {{"reason", reason}});
      warned = now;
    }
    std::this_thread::sleep_for(answer ? std::max(answer->retry_after, kPause) : kPause);
  }
}

std::string percent_encode(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<unsigned char>(c) >> 4];
      encoded += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return encoded;
}

}  // namespace spectrum::app
