#include "query/actors.h"

#include <algorithm>
#include <array>

#include "query/failure.h"
#include "query/fields.h"
#include "query/funnel.h"
#include "query/lifecycle.h"
#include "query/page.h"
#include "query/paths.h"
#include "query/retention.h"
#include "query/revenue.h"
#include "query/sql.h"
#include "query/stickiness.h"
#include "query/trends.h"

namespace spectrum::query {
namespace {

using FindUsers = Result<std::vector<std::int64_t>> (*)(ports::Warehouse&, const Scope&, const Json& body, const Json& select);

struct Kind {
  std::string_view name;
  FindUsers find_users;
};

constexpr Kind kKinds[] = {
    {"trends", trends_actors},
    {"funnel", funnel_actors},
    {"retention", retention_actors},
    {"revenue", revenue_actors},
    {"paths", paths_actors},
    {"lifecycle", lifecycle_actors},
    {"stickiness", stickiness_actors},
};

Result<const Kind*> find_kind(const std::string& name) {
  std::string known;
  for (const auto& kind : kKinds) {
    if (kind.name == name) return &kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  return refuse("/of/kind", "must be one of " + known);
}

/// What is wrong with the inner body lies inside of this one.
Error inside(Error error) {
  const bool has_pointer = error.code == Errc::invalid && error.message.starts_with('/');
  if (has_pointer && !error.message.starts_with("/select")) error.message = "/of/body" + error.message;
  return error;
}

}  // namespace

Result<const Json*> inner_question(const Json& body) {
  CHECK_OK(check_members(body, "", {"project", "of", "select", "limit", "cursor", "at_least"}));
  const Json* const of = body.find("of");
  if (!of) return refuse("/of", "is missing; it is {\"kind\":\"trends\",\"body\":{…}} with the question the people belong to");
  CHECK_OK(check_members(*of, "/of", {"kind", "body"}));
  const Json* const inner = of->find("body");
  if (!inner || !inner->object()) return refuse("/of/body", "must be the body of that question, an object");
  return inner;
}

Result<Actors> ask_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const Json* const inner, inner_question(body));
  TRY(const auto kind, text_member(*body.find("of"), "/of", "kind", ""));
  TRY(const Kind* const of, find_kind(kind));
  TRY(const auto page, PageOptions::parse(body, 1));
  const Json nothing = Json(Json::Object());
  const Json* const select = body.find("select");
  const auto found = of->find_users(warehouse, scope, *inner, select && !select->is_null() ? *select : nothing);
  if (!found) return inside(found.error());
  const auto& users = *found;

  Actors actors;
  actors.total = static_cast<std::int64_t>(users.size());
  const auto first = page.after.empty() ? users.begin() : std::upper_bound(users.begin(), users.end(), page.after.front());
  const auto last = first + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(page.limit), users.end() - first);
  std::string keys;
  for (auto user = first; user != last; ++user) keys += (keys.empty() ? "" : ",") + std::to_string(*user);
  if (keys.empty()) return actors;
  if (last != users.end()) actors.next_cursor = to_cursor({*(last - 1)});
  const std::array<ports::Value, 2> parameters = {scope.project.number, keys};
  TRY(const auto answer, warehouse.query(sql::actors, parameters, scope.stop));
  for (const auto& row : answer.rows) {
    actors.users.push_back({std::get<std::string>(row[0]), std::get<bool>(row[1]), std::get<Timestamp>(row[2]),
                            std::get<Timestamp>(row[3]), std::get<std::string>(row[4]), std::get<std::string>(row[5])});
  }
  return actors;
}

}  // namespace spectrum::query
