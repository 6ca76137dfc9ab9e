#include "api/health.h"

#include "api/answer.h"
#include "api/endpoint.h"
#include "base/time_text.h"

namespace spectrum::api {
namespace {

/// One thing that the program needs, and how it is.
struct Dependency {
  std::string_view name;
  bool is_ok;
};

bool answers(ports::Database& database) { return database.execute("SELECT 1").ok(); }

bool is_ready(const Services& services) {
  return services.log.stats().accepting && services.loader.status().state == load::LoaderState::running;
}

}  // namespace

HealthReport check_health(const Services& services) {
  const Dependency dependencies[] = {
      {"event_log", services.log.stats().accepting},
      {"warehouse", services.loader.status().state == load::LoaderState::running},
      {"catalog", answers(services.database)},
      {"lake", services.lake.is_complete()},
  };
  bool all_ok = true;
  for (const auto& dependency : dependencies) all_ok &= dependency.is_ok;
  JsonWriter json;
  json.begin_object().key("status").string(all_ok ? "ok" : "degraded").key("service").string("spectrum");
  json.key("version").string(services.version);
  json.key("timestamp").string(format_rfc3339(services.clock.now()));
  json.key("dependencies").begin_object();
  for (const auto& dependency : dependencies) {
    json.key(dependency.name).string(dependency.is_ok ? "ok" : "unavailable");
  }
  json.end_object().end_object();
  return {all_ok, json.take()};
}

http::Response get_health(const Services& services, const Exchange&) {
  const auto report = check_health(services);
  return data_answer(report.is_ok ? 200 : 503, [&](JsonWriter& json) { json.raw(report.json); });
}

void get_live(const Services&, Exchange exchange) { exchange.responder.send(json_answer(200, R"({"status":"ok"})")); }

void get_ready(const Services& services, Exchange exchange) {
  exchange.responder.send(is_ready(services) ? json_answer(200, R"({"status":"ok"})")
                                             : json_answer(503, R"({"status":"not_ready"})"));
}

}  // namespace spectrum::api
