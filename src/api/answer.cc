#include "api/answer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"

namespace spectrum::api {
namespace {

std::string new_request_id() {
  thread_local Uuid7Generator uuids;
  std::string id;
  append_uuid(id, uuids.next(SystemClock().now()));
  return id;
}

http::Response write_error(int status, std::string_view code, std::string_view message, std::string_view pointer,
                           std::string_view request_id, std::chrono::seconds retry_after = std::chrono::seconds(1)) {
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.key("code").string(code).key("message").string(message);
  if (!pointer.empty()) json.key("pointer").string(pointer);
  json.key("request_id").string(request_id).end_object().end_object();
  auto response = json_answer(status, json.take());
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return response;
}

}  // namespace

http::Response json_answer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response error_answer(int status, std::string_view code, std::string_view message, std::string_view pointer) {
  return write_error(status, code, message, pointer, new_request_id());
}

http::Response refusal(int status, std::string_view message) {
  const bool is_too_large = status == 413 || status == 431;
  auto response = error_answer(status, is_too_large ? "too_large" : status == 503 ? "service_unavailable" : "invalid_request", message);
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  return response;
}

http::Response error_answer(const Error& error) {
  const auto colon = error.message.find(": ");
  const bool has_pointer = error.code == Errc::invalid && error.message.starts_with('/') && colon != std::string::npos;
  const std::string pointer = has_pointer ? error.message.substr(0, colon) : "";
  const std::string message = has_pointer ? error.message.substr(colon + 2) : error.message;
  switch (error.code) {
    case Errc::invalid: return error_answer(400, "invalid_request", message, pointer);
    case Errc::not_found: return error_answer(404, "not_found", message);
    case Errc::conflict: return error_answer(409, "conflict", message);
    case Errc::too_large: return error_answer(413, "too_large", message);
    case Errc::limited: return write_error(429, "rate_limited", message, {}, new_request_id(), error.retry_after);
    case Errc::unavailable: return write_error(503, "service_unavailable", message, {}, new_request_id(), error.retry_after);
    case Errc::corrupt:
    case Errc::internal: {
      const std::string id = new_request_id();
      log_error(message, {{"request_id", id}});
      return write_error(500, "internal_error", "something went wrong here; the server's log says more under this request_id", {},
                         id);
    }
  }
  return error_answer(500, "internal_error", "an error of no known kind");
}

http::Response answered(Result<http::Response> response) {
  return response ? std::move(response).value() : error_answer(response.error());
}

}  // namespace spectrum::api
