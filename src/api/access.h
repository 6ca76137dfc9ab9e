#pragma once

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

/// Which web pages may call an endpoint.
enum class Origin {
  own,  ///< only those of this server
  any,  ///< all of them: events come from any page
};

/// Decides who calls and on which project (API reference, "Who may do what"); a Response is the refusal.
std::variant<Access, http::Response> authorize(const Services& services, const http::Request& request, Needs needs,
                                               Origin origin);

}  // namespace spectrum::api
