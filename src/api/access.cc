#include "api/access.h"

#include <arpa/inet.h>

#include "api/answer.h"
#include "base/sha256.h"

namespace spectrum::api {
namespace {

using http::Request;
using http::Response;

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// `127.0.0.1` and the rest of 127/8, as numbers: `127.0.0.1.example.com` is somebody else's name.
bool is_loopback_address(std::string_view host) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

bool is_loopback_name(std::string_view host) {
  const auto name = without_port(host);
  return http::equal_ignoring_case(name, "localhost") || name == "[::1]" || is_loopback_address(name);
}

/// Keeps web pages away from a server that trusts everybody who can reach it.
std::optional<Response> check_origin(const Services& services, const Request& request, Origin allowed) {
  if (!services.access.listens_on_loopback) return std::nullopt;
  const auto host = request.header("Host");
  if (!is_loopback_name(host)) {
    return error_answer(403, "forbidden", "this server answers on localhost only; call it by that name");
  }
  const auto origin = request.header("Origin");
  if (allowed == Origin::any || origin.empty()) return std::nullopt;
  if (origin == "http://" + std::string(host) || origin == "https://" + std::string(host)) return std::nullopt;
  return error_answer(403, "forbidden", "other web pages may not use this server");
}

/// The key of the session that a browser has signed in to. Pages elsewhere cannot use it: the cookie is not sent for
/// them, and they cannot add the header. An EventSource cannot either; of what it asks for, other pages can read nothing,
/// and it changes nothing.
std::string key_of_session(const Services& services, const Request& request) {
  const auto token = session_token(request);
  const bool is_stream = request.method == "GET" && request.header("Accept") == "text/event-stream";
  if (token.empty() || (request.header(kSessionHeader).empty() && !is_stream)) return {};
  return services.sessions.key_of(token).value_or("");
}

/// The key that came, the management header first; nothing when none did. What came as a key and is none, such as an
/// empty one, is a wrong key.
std::optional<std::string> find_key(const Services& services, const Request& request, Needs needs) {
  if (const auto key = request.find_header("X-Management-Key")) return std::string(*key);
  if (const auto key = request.find_header("X-API-Key")) return std::string(*key);
  if (const auto authorization = request.find_header("Authorization")) {
    constexpr std::string_view kBearer = "Bearer ";
    const bool is_bearer = http::equal_ignoring_case(authorization->substr(0, kBearer.size()), kBearer);
    return is_bearer ? std::string(authorization->substr(kBearer.size())) : std::string();
  }
  const auto in_query = request.query.empty() ? std::nullopt : request.find_query_value("api_key");
  if (needs == Needs::ingest) return in_query;
  if (auto key = key_of_session(services, request); !key.empty()) return key;
  // Addresses end up in logs and histories, so one that reads is not let in that way.
  return in_query ? std::optional(std::string()) : std::nullopt;
}

/// Digests are compared, so that the time taken says nothing about the secret.
bool matches(std::string_view secret_sha256, std::string_view key) {
  return !secret_sha256.empty() && equal_in_constant_time(secret_sha256, to_hex(sha256(key)));
}

bool suffices(const catalog::Scopes& scopes, Needs needs) {
  switch (needs) {
    case Needs::nothing: return true;
    case Needs::ingest: return scopes.ingest || scopes.admin;
    case Needs::read: return scopes.read || scopes.admin;
    case Needs::admin: return scopes.admin;
  }
  return false;
}

std::string_view name(Needs needs) {
  return needs == Needs::ingest ? "ingest" : needs == Needs::read ? "read" : "admin";
}

std::string asked_project(const Request& request) {
  if (const auto project = request.header("X-Project"); !project.empty()) return std::string(project);
  return request.query.empty() ? std::string() : request.query_value("project");
}

std::variant<Access, Response> with_project(const Services& services, const Request& request, Access access,
                                            const std::string& fallback) {
  const std::string asked = asked_project(request);
  auto project = find_project(services, access, asked.empty() ? fallback : asked);
  if (!project) return error_answer(project.error());
  access.project = std::move(project).value();
  return access;
}

std::variant<Access, Response> with_key(const Services& services, const Request& request, Needs needs,
                                        const catalog::ApiKey& key) {
  if (!suffices(key.scopes, needs)) {
    return error_answer(403, "forbidden", "this key has not the scope " + std::string(name(needs)));
  }
  auto own = services.projects.find(key.project);
  if (!own) return error_answer(own.error());
  return with_project(services, request, {key.id, false, std::move(own).value()}, key.project);
}

}  // namespace

std::string session_token(const Request& request) {
  const auto cookies = request.header("Cookie");
  const std::string name = std::string(kSessionCookie) + "=";
  for (std::size_t at = cookies.find(name); at != std::string_view::npos; at = cookies.find(name, at + 1)) {
    if (at > 0 && cookies[at - 1] != ' ' && cookies[at - 1] != ';') continue;
    const auto value = cookies.substr(at + name.size());
    return std::string(value.substr(0, value.find(';')));
  }
  return {};
}

std::optional<std::string> project_of_key(const Services& services, const std::string& key) {
  if (matches(services.access.management_key_sha256, key) || matches(services.access.owner_token_sha256, key)) return "default";
  const auto known = services.keys.authenticate(key);
  if (!known || !suffices(known->scopes, Needs::read)) return std::nullopt;
  return known->project;
}

Result<catalog::ProjectRef> find_project(const Services& services, const Access& access, const std::string& id) {
  // Whether another project exists is none of the business of a key that is bound to one.
  if (!access.may_manage_all && id != access.project->id) return not_found("there is no project '" + id + "'");
  return services.projects.find(id);
}

std::variant<Access, Response> authorize(const Services& services, const Request& request, Needs needs,
                                          Origin origin) {
  if (auto refused = check_origin(services, request, origin)) return std::move(*refused);
  const auto key = find_key(services, request, needs);
  if (!key) {
    const bool open = services.access.listens_on_loopback && services.access.management_key_sha256.empty();
    if (open || needs == Needs::nothing) return with_project(services, request, {"loopback", true, nullptr}, "default");
    auto response = error_answer(401, "unauthorized", "a key is needed: send it as X-API-Key or as a Bearer token");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (matches(services.access.management_key_sha256, *key)) return with_project(services, request, {"management", true, nullptr}, "default");
  if (matches(services.access.owner_token_sha256, *key)) return with_project(services, request, {"owner", true, nullptr}, "default");
  if (const auto known = services.keys.authenticate(*key)) return with_key(services, request, needs, *known);
  auto response = error_answer(401, "unauthorized", "this key is unknown, revoked or expired, or came where none is looked for: send it as X-API-Key "
                                "or as Authorization: Bearer KEY");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace spectrum::api
