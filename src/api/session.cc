#include "api/answer.h"
#include "api/endpoint.h"
#include "api/json.h"
#include "query/fields.h"

namespace spectrum::api {
namespace {

/// The browser sends it with requests of this server's own pages only, and no script can read it.
std::string cookie(const http::Request& request, const std::string& token, std::chrono::seconds lifetime) {
  const bool is_encrypted = request.header("X-Forwarded-Proto") == "https";
  return std::string(kSessionCookie) + "=" + token + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(lifetime.count()) + (is_encrypted ? "; Secure" : "");
}

Result<http::Response> sign_in(const Services& services, const Exchange& exchange) {
  TRY(const Json body, parse_json(exchange.request.body));
  CHECK_OK(query::check_members(body, "", {"key"}));
  TRY(const auto key, query::text_member(body, "", "key", ""));
  if (key.empty()) return invalid("/key: is missing: the management key, or one with the scope read");
  if (!services.sessions.may_try()) return limited("too many wrong keys came; wait a minute", std::chrono::minutes(1));
  const auto project = project_of_key(services, key);
  if (!project) {
    services.sessions.note_failure();
    return error_answer(401, "unauthorized", "this key is unknown, revoked or expired");
  }
  auto response = data_answer(201, [&](JsonWriter& json) { json.begin_object().key("project").string(*project).end_object(); });
  response.headers.emplace_back("Set-Cookie", cookie(exchange.request, services.sessions.open(key), Sessions::kLifetime));
  return response;
}

}  // namespace

http::Response post_session(const Services& services, const Exchange& exchange) {
  return answered(sign_in(services, exchange));
}

http::Response delete_session(const Services& services, const Exchange& exchange) {
  services.sessions.close(session_token(exchange.request));
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Set-Cookie", cookie(exchange.request, "", std::chrono::seconds(0)));
  return response;
}

}  // namespace spectrum::api
