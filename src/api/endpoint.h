#pragma once

#include <optional>
#include <string>

#include "api/access.h"
#include "api/services.h"

namespace spectrum::api {

/// One request that found its route and may go on.
struct Exchange {
  const http::Request& request;
  http::Responder responder;
  Access access;
  std::string id;  ///< what the path has for `{id}`
  /// Left by an endpoint whose answer is a refusal only because this is not counted yet: it may be called again.
  mutable std::optional<model::Position> awaits{};
};

/// An endpoint that answers at once, on a thread of the pool.
using Endpoint = http::Response (*)(const Services&, const Exchange&);
/// An endpoint that answers through its responder, called on an io thread: it must not block.
using AsyncEndpoint = void (*)(const Services&, Exchange);

// Taking events
void post_events(const Services& services, Exchange exchange);
void post_load(const Services& services, Exchange exchange);
void options_events(const Services& services, Exchange exchange);

// Reading
http::Response get_metrics(const Services& services, const Exchange& exchange);
http::Response post_trends(const Services& services, const Exchange& exchange);
http::Response post_funnel(const Services& services, const Exchange& exchange);
http::Response post_retention(const Services& services, const Exchange& exchange);
http::Response post_paths(const Services& services, const Exchange& exchange);
http::Response post_lifecycle(const Services& services, const Exchange& exchange);
http::Response post_stickiness(const Services& services, const Exchange& exchange);
http::Response post_sql(const Services& services, const Exchange& exchange);
http::Response post_revenue(const Services& services, const Exchange& exchange);
http::Response post_event_list(const Services& services, const Exchange& exchange);
http::Response post_properties(const Services& services, const Exchange& exchange);
http::Response post_actors(const Services& services, const Exchange& exchange);
http::Response get_ledger(const Services& services, const Exchange& exchange);
void get_stream(const Services& services, Exchange exchange);

// Experiments
http::Response post_experiment(const Services& services, const Exchange& exchange);
http::Response patch_experiment(const Services& services, const Exchange& exchange);
http::Response get_experiment(const Services& services, const Exchange& exchange);
http::Response get_experiments(const Services& services, const Exchange& exchange);
http::Response get_assignment(const Services& services, const Exchange& exchange);
http::Response get_experiment_result(const Services& services, const Exchange& exchange);
http::Response get_experiment_results(const Services& services, const Exchange& exchange);

// Administration
http::Response post_project(const Services& services, const Exchange& exchange);
http::Response get_projects(const Services& services, const Exchange& exchange);
http::Response get_project(const Services& services, const Exchange& exchange);
http::Response patch_project(const Services& services, const Exchange& exchange);
http::Response post_key(const Services& services, const Exchange& exchange);
http::Response get_keys(const Services& services, const Exchange& exchange);
http::Response delete_key(const Services& services, const Exchange& exchange);
http::Response get_quarantine(const Services& services, const Exchange& exchange);
http::Response post_replay(const Services& services, const Exchange& exchange);
http::Response post_replay_all(const Services& services, const Exchange& exchange);
http::Response get_audit(const Services& services, const Exchange& exchange);

// What is saved for the dashboard: the same for each kind
enum class SavedKind { annotation, dashboard, question };
template <SavedKind kind>
struct Saved {
  static http::Response post(const Services& services, const Exchange& exchange);
  static http::Response list(const Services& services, const Exchange& exchange);
  static http::Response get(const Services& services, const Exchange& exchange);
  static http::Response put(const Services& services, const Exchange& exchange);
  static http::Response remove(const Services& services, const Exchange& exchange);
};

// The dashboard
http::Response post_session(const Services& services, const Exchange& exchange);
http::Response delete_session(const Services& services, const Exchange& exchange);
void get_asset(const Services& services, Exchange exchange);

// The program itself
http::Response get_health(const Services& services, const Exchange& exchange);
void get_live(const Services& services, Exchange exchange);
void get_ready(const Services& services, Exchange exchange);
http::Response get_prometheus(const Services& services, const Exchange& exchange);
http::Response get_openapi(const Services& services, const Exchange& exchange);

}  // namespace spectrum::api
