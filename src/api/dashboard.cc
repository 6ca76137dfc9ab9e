#include "api/dashboard.h"

#include "api/answer.h"
#include "api/endpoint.h"
#include "dashboard/assets.h"

namespace spectrum::api {
namespace {

/// Only what this program serves runs or loads; nobody may frame the page.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Whether a comma-separated header names a value, with or without parameters.
bool lists(std::string_view header, std::string_view value) {
  for (std::size_t at = header.find(value); at != std::string_view::npos; at = header.find(value, at + 1)) {
    const auto end = at + value.size();
    const bool begins = at == 0 || header[at - 1] == ',' || header[at - 1] == ' ';
    const bool ends = end == header.size() || header[end] == ',' || header[end] == ';' || header[end] == ' ';
    if (begins && ends && !header.substr(end).starts_with(";q=0,")) return true;
  }
  return false;
}

http::Response serve(const dashboard::Asset& asset, const http::Request& request) {
  http::Response response;
  response.content_type = asset.type;
  response.headers.emplace_back("ETag", asset.etag);
  response.headers.emplace_back("Cache-Control", asset.path == "/" ? "no-cache" : "public, max-age=31536000, immutable");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (asset.path == "/") {
    response.headers.emplace_back("Content-Security-Policy", std::string(kPolicy));
    response.headers.emplace_back("Referrer-Policy", "same-origin");
  }
  if (lists(request.header("If-None-Match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Vary", "Accept-Encoding");
  const auto accepted = request.header("Accept-Encoding");
  if (lists(accepted, "br")) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = asset.brotli;
  } else if (lists(accepted, "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset.gzip;
  } else {
    response.body = asset.plain;
  }
  return response;
}

/// A link or an address that somebody typed, to where no machine looks for anything.
bool is_followed_by_browser(const http::Request& request) {
  for (const std::string_view machine : {"/api/", "/v1/", "/-/", "/assets/"}) {
    if (request.path.starts_with(machine)) return false;
  }
  return lists(request.header("Accept"), "text/html");
}

}  // namespace

std::optional<http::Response> dashboard_page(const http::Request& request) {
  const auto* const page = dashboard::find_asset("/");
  const bool is_page = request.path == "/" || request.path.starts_with("/p/") || is_followed_by_browser(request);
  if (!page || !is_page || (request.method != "GET" && request.method != "HEAD")) return std::nullopt;
  return serve(*page, request);
}

void get_asset(const Services&, Exchange exchange) {
  const auto* const asset = dashboard::find_asset("/assets/" + exchange.id);
  exchange.responder.send(asset ? serve(*asset, exchange.request)
                                : error_answer(404, "not_found", "the dashboard has no such file"));
}

}  // namespace spectrum::api
