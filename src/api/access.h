#pragma once

#include <optional>
#include <string>
#include <variant>

#include "api/services.h"

namespace spectrum::api {

/// What an endpoint asks of its caller.
enum class Needs { nothing, ingest, read, admin };

/// A caller who may go on.
struct Access {
  std::string actor;              ///< for the audit: a key's id, `management`, `owner`, `loopback`
  bool may_manage_all = false;    ///< not bound to one project
  catalog::ProjectRef project;    ///< the one the request is about
};

/// A project by its id, if this caller may see it; else `not_found`.
Result<catalog::ProjectRef> find_project(const Services& services, const Access& access, const std::string& id);

/// Where a browser that has signed in keeps its session, and the header that its requests have beside it.
inline constexpr std::string_view kSessionCookie = "spectrum_session";
inline constexpr std::string_view kSessionHeader = "X-Spectrum-Page";
/// The session's token that a request carries; empty without one.
std::string session_token(const http::Request& request);

/// The project that a key with the scope read opens first; nothing for any other key.
std::optional<std::string> project_of_key(const Services& services, const std::string& key);

/// Which web pages may call an endpoint.
enum class Origin {
  own,  ///< only those of this server
  any,  ///< all of them: events come from any page
};

/// Decides who calls and on which project (API reference, "Who may do what"); a Response is the refusal.
std::variant<Access, http::Response> authorize(const Services& services, const http::Request& request, Needs needs,
                                               Origin origin);

}  // namespace spectrum::api
