#include "api/routes.h"

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

#include "api/answer.h"
#include "api/dashboard.h"
#include "api/endpoint.h"

namespace spectrum::api {
namespace {

/// An endpoint that asks the warehouse or the lake.
struct Asks {
  Endpoint endpoint;
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< `{id}` stands for one segment
  Needs needs;
  std::variant<AsyncEndpoint, Endpoint, Asks> endpoint;
  Origin origin = Origin::own;
};

const Route kRoutes[] = {
    {"POST", "/track", Needs::ingest, post_events, Origin::any},
    {"OPTIONS", "/track", Needs::nothing, options_events, Origin::any},
    {"POST", "/v1/events", Needs::ingest, post_events, Origin::any},
    {"OPTIONS", "/v1/events", Needs::nothing, options_events, Origin::any},
    {"POST", "/api/v1/load", Needs::ingest, post_load},

    {"GET", "/metrics", Needs::read, Asks{get_metrics}},
    {"POST", "/api/v1/query/trends", Needs::read, Asks{post_trends}},
    {"POST", "/api/v1/query/funnel", Needs::read, Asks{post_funnel}},
    {"POST", "/api/v1/query/retention", Needs::read, Asks{post_retention}},
    {"POST", "/api/v1/query/paths", Needs::read, Asks{post_paths}},
    {"POST", "/api/v1/query/lifecycle", Needs::read, Asks{post_lifecycle}},
    {"POST", "/api/v1/query/stickiness", Needs::read, Asks{post_stickiness}},
    {"POST", "/api/v1/sql", Needs::read, Asks{post_sql}},
    {"POST", "/api/v1/query/revenue", Needs::read, Asks{post_revenue}},
    {"POST", "/api/v1/query/events", Needs::read, Asks{post_event_list}},
    {"POST", "/api/v1/query/properties", Needs::read, Asks{post_properties}},
    {"POST", "/api/v1/query/actors", Needs::read, Asks{post_actors}},
    {"GET", "/api/v1/ledger", Needs::read, Asks{get_ledger}},
    {"GET", "/api/v1/stream", Needs::read, get_stream},

    {"POST", "/api/v1/experiments", Needs::admin, post_experiment},
    {"GET", "/api/v1/experiments", Needs::admin, get_experiments},
    {"GET", "/api/v1/experiments/{id}", Needs::admin, get_experiment},
    {"PATCH", "/api/v1/experiments/{id}", Needs::admin, patch_experiment},
    {"GET", "/api/v1/experiments/{id}/assignment", Needs::read, get_assignment},
    {"GET", "/experiments", Needs::read, Asks{get_experiment_results}},
    {"GET", "/experiments/{id}", Needs::read, Asks{get_experiment_result}},

    {"POST", "/api/v1/projects", Needs::admin, post_project},
    {"GET", "/api/v1/projects", Needs::admin, get_projects},
    {"GET", "/api/v1/projects/{id}", Needs::admin, get_project},
    {"PATCH", "/api/v1/projects/{id}", Needs::admin, patch_project},
    {"POST", "/api/v1/keys", Needs::admin, post_key},
    {"GET", "/api/v1/keys", Needs::admin, get_keys},
    {"DELETE", "/api/v1/keys/{id}", Needs::admin, delete_key},
    {"GET", "/api/v1/quarantine", Needs::admin, get_quarantine},
    {"POST", "/api/v1/quarantine/replay", Needs::admin, post_replay_all},
    {"POST", "/api/v1/quarantine/{id}/replay", Needs::admin, post_replay},
    {"GET", "/api/v1/audit-entries", Needs::admin, get_audit},

    {"POST", "/api/v1/annotations", Needs::admin, Saved<SavedKind::annotation>::post},
    {"GET", "/api/v1/annotations", Needs::read, Saved<SavedKind::annotation>::list},
    {"GET", "/api/v1/annotations/{id}", Needs::read, Saved<SavedKind::annotation>::get},
    {"PUT", "/api/v1/annotations/{id}", Needs::admin, Saved<SavedKind::annotation>::put},
    {"DELETE", "/api/v1/annotations/{id}", Needs::admin, Saved<SavedKind::annotation>::remove},
    {"POST", "/api/v1/dashboards", Needs::admin, Saved<SavedKind::dashboard>::post},
    {"GET", "/api/v1/dashboards", Needs::read, Saved<SavedKind::dashboard>::list},
    {"GET", "/api/v1/dashboards/{id}", Needs::read, Saved<SavedKind::dashboard>::get},
    {"PUT", "/api/v1/dashboards/{id}", Needs::admin, Saved<SavedKind::dashboard>::put},
    {"DELETE", "/api/v1/dashboards/{id}", Needs::admin, Saved<SavedKind::dashboard>::remove},
    {"POST", "/api/v1/questions", Needs::admin, Saved<SavedKind::question>::post},
    {"GET", "/api/v1/questions", Needs::read, Saved<SavedKind::question>::list},
    {"GET", "/api/v1/questions/{id}", Needs::read, Saved<SavedKind::question>::get},
    {"PUT", "/api/v1/questions/{id}", Needs::admin, Saved<SavedKind::question>::put},
    {"DELETE", "/api/v1/questions/{id}", Needs::admin, Saved<SavedKind::question>::remove},

    {"GET", "/assets/{id}", Needs::nothing, get_asset},
    {"POST", "/api/v1/session", Needs::nothing, post_session},
    {"DELETE", "/api/v1/session", Needs::nothing, delete_session},

    {"GET", "/api/v1/health", Needs::nothing, get_health},
    {"GET", "/-/live", Needs::nothing, get_live},
    {"GET", "/-/ready", Needs::nothing, get_ready},
    {"GET", "/-/metrics", Needs::read, get_prometheus},
    {"GET", "/openapi.json", Needs::read, get_openapi},
};

/// Whether a path has the shape of a pattern; `id` gets what stands for `{id}`.
bool matches(std::string_view pattern, std::string_view path, std::string& id) {
  constexpr std::string_view kPlace = "{id}";
  const auto place = pattern.find(kPlace);
  if (place == std::string_view::npos) return pattern == path;
  const auto before = pattern.substr(0, place);
  const auto after = pattern.substr(place + kPlace.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
  const auto middle = path.substr(before.size(), path.size() - before.size() - after.size());
  if (middle.find('/') != std::string_view::npos) return false;
  id = http::percent_decode(middle, false);
  return true;
}

struct Found {
  const Route* route = nullptr;
  std::string id;
  std::string allowed;  ///< the methods of the path, when the method is not among them
};

Found find_route(const http::Request& request) {
  Found found;
  const auto method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, request.path, found.id)) continue;
    if (route.method == method) {
      found.route = &route;
      return found;
    }
    found.allowed += (found.allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  return found;
}

http::Response no_route(const Found& found, const http::Request& request) {
  if (found.allowed.empty()) {
    return error_answer(404, "not_found", "there is nothing at " + std::string(request.path) + "; see /openapi.json");
  }
  auto response = error_answer(405, "method_not_allowed", "this path takes " + found.allowed);
  response.headers.emplace_back("Allow", found.allowed);
  return response;
}

using std::chrono::steady_clock;

/// A question waits so long for what it wants counted, from its arrival.
constexpr std::chrono::seconds kPatience{5};

/// A request that a pool works on.
struct Job {
  const Services& services;
  const Route& route;
  ThreadPool& pool;
  Endpoint endpoint;
  Exchange exchange;
  steady_clock::time_point arrived = steady_clock::now();
};

void finish(const Job& job, http::Response response) {
  const int status = job.exchange.responder.is_abandoned() ? 0 : response.status;
  job.services.measurements.ends(job.route.path, status, steady_clock::now() - job.arrived);
  job.exchange.responder.send(std::move(response));
}

/// Sends it away because too many wait for a thread.
void refuse(const Job& job) {
  const std::string what = std::holds_alternative<Asks>(job.route.endpoint) ? "questions" : "requests";
  job.services.measurements.refuses();
  finish(job, error_answer(unavailable("too many " + what + " are waiting; retry in a moment")));
}

void work_on(const std::shared_ptr<Job>& job);

/// Works on it again when that is counted, and sends the refusal when it is too late.
void wait_for(model::Position position, const std::shared_ptr<Job>& job, const http::Response& refusal) {
  const bool waits = job->services.waiting_room.wait(position, job->arrived + kPatience, [job, refusal](bool is_over) {
    if (!is_over) return finish(*job, refusal);
    if (!job->pool.submit([job] { work_on(job); })) refuse(*job);
  });
  if (waits) return;
  job->services.measurements.refuses();
  finish(*job, refusal);
}

void work_on(const std::shared_ptr<Job>& job) {
  if (job->exchange.responder.is_abandoned()) {
    return finish(*job, error_answer(unavailable("the client ended the connection while its question waited")));
  }
  job->exchange.awaits.reset();
  auto response = job->endpoint(job->services, job->exchange);
  if (job->exchange.awaits) return wait_for(*job->exchange.awaits, job, response);
  finish(*job, std::move(response));
}

void run_in_pool(const Services& services, const Route& route, ThreadPool& pool, Endpoint endpoint, Exchange exchange) {
  auto& measurements = services.measurements;
  measurements.waits();
  const auto job = std::make_shared<Job>(Job{services, route, pool, endpoint, std::move(exchange)});
  const bool taken = pool.submit([job, &measurements] {
    measurements.begins();
    work_on(job);
  });
  if (taken) return;
  measurements.begins();
  refuse(*job);
}

}  // namespace

void handle(const Services& services, const http::Request& request, http::Responder responder) {
  const Found found = find_route(request);
  if (!found.route) {
    auto page = found.allowed.empty() ? dashboard_page(request) : std::nullopt;
    return responder.send(page ? std::move(*page) : no_route(found, request));
  }
  auto access = authorize(services, request, found.route->needs, found.route->origin);
  if (auto* const refused = std::get_if<http::Response>(&access)) {
    if (found.route->origin == Origin::any) refused->headers.emplace_back("Access-Control-Allow-Origin", "*");
    return responder.send(std::move(*refused));
  }
  Exchange exchange{request, std::move(responder), std::get<Access>(std::move(access)), found.id};
  const auto& endpoint = found.route->endpoint;
  if (const auto* const async = std::get_if<AsyncEndpoint>(&endpoint)) {
    (*async)(services, std::move(exchange));
  } else if (const auto* const asks = std::get_if<Asks>(&endpoint)) {
    run_in_pool(services, *found.route, services.questions, asks->endpoint, std::move(exchange));
  } else {
    run_in_pool(services, *found.route, services.work, std::get<Endpoint>(endpoint), std::move(exchange));
  }
}

}  // namespace spectrum::api
