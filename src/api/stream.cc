#include "api/answer.h"
#include "api/endpoint.h"
#include "api/feed.h"
#include "api/health.h"
#include "api/question.h"
#include "query/failure.h"

namespace spectrum::api {
namespace {

Status read_topics(const std::string& list, const Services& services, Subscription& wants) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    const auto topic = list.substr(begin, end - begin);
    if (topic == "events") {
      wants.events = true;
    } else if (topic == "rates") {
      wants.rates = true;
    } else if (topic == "health") {
      wants.health = [&services] { return check_health(services).json; };
    } else if (topic == "runs") {
      return query::refuse("/topics", "has 'runs', which is the report service's: it is not part of this server");
    } else {
      return query::refuse("/topics", "has '" + topic + "'; there are events, rates and health");
    }
    begin = end + 1;
  }
  return {};
}

/// Where a client was: EventSource sends it as a header when it connects again by itself; a page that opens a new one
/// can only write it into the address.
Result<std::optional<model::Position>> last_position(const http::Request& request) {
  std::string text(request.header("Last-Event-ID"));
  if (text.empty()) text = request.query_value("last_event_id");
  if (text.empty()) return std::optional<model::Position>();
  TRY(const auto position, parse_position(text, "/last_event_id"));
  return std::optional(position);
}

Result<Subscription> subscription_of(const Services& services, const Exchange& exchange) {
  const auto& request = exchange.request;
  Subscription wants;
  wants.project = exchange.access.project->number;
  const auto topics = request.query_value("topics");
  CHECK_OK(read_topics(topics.empty() ? "events,rates,health" : topics, services, wants));
  wants.event_type = request.query_value("event");
  wants.user_id = request.query_value("user_id");
  TRY(wants.after, last_position(request));
  wants.is_allowed = [&services, exchange] {
    return std::holds_alternative<Access>(authorize(services, exchange.request, Needs::read, Origin::own));
  };
  return wants;
}

}  // namespace

void get_stream(const Services& services, Exchange exchange) {
  auto wants = subscription_of(services, exchange);
  if (!wants) return exchange.responder.send(error_answer(wants.error()));
  if (exchange.request.method == "HEAD") return exchange.responder.send({});
  if (!services.feed.subscribe(std::move(wants).value(), exchange.responder)) {
    exchange.responder.send(error_answer(unavailable("too many clients listen to the stream already; retry later")));
  }
}

}  // namespace spectrum::api
