#include "api/answer.h"
#include "api/endpoint.h"
#include "api/load_rows.h"
#include "ingest/decompress.h"

namespace spectrum::api {
namespace {

using ingest::Receipt;

constexpr std::size_t kMaxBodyBytes = 20 << 20;

http::Response with_cors(http::Response response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  if (response.status == 429 || response.status == 503) response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
  return response;
}

void append_position(std::string& out, const Receipt& receipt) {
  out += ",\"position\":";
  append_json_integer(out, static_cast<std::int64_t>(receipt.position));
}

std::string single_body(const Receipt& receipt) {
  std::string body = receipt.duplicates > 0 ? R"({"status":"duplicate","event_id":)" : R"({"status":"accepted","event_id":)";
  append_json_string(body, receipt.event_ids.front());
  if (receipt.is_camel_case) {
    body += ",\"eventId\":";
    append_json_string(body, receipt.event_ids.front());
  }
  append_position(body, receipt);
  return body + "}";
}

void append_rejected(std::string& out, const std::vector<Receipt::Rejected>& rejected) {
  out += '[';
  for (const auto& [index, refusal] : rejected) {
    if (out.back() != '[') out += ',';
    out += "{\"index\":" + std::to_string(index) + ",\"code\":\"";
    out += refusal.code;
    out += "\",\"message\":";
    append_json_string(out, refusal.message);
    if (!refusal.pointer.empty()) {
      out += ",\"pointer\":";
      append_json_string(out, refusal.pointer);
    }
    out += '}';
  }
  out += ']';
}

void append_ids(std::string& out, const Receipt& receipt) {
  out += ",\"event_ids\":[";
  const std::size_t count = receipt.accepted + receipt.duplicates + receipt.rejected.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (i < receipt.event_ids.size() && !receipt.event_ids[i].empty()) {
      append_json_string(out, receipt.event_ids[i]);
    } else {
      out += "null";
    }
  }
  out += ']';
}

std::string several_body(const Receipt& receipt) {
  std::string body = "{\"accepted\":" + std::to_string(receipt.accepted) +
                     ",\"duplicates\":" + std::to_string(receipt.duplicates) + ",\"rejected\":";
  append_rejected(body, receipt.rejected);
  append_position(body, receipt);
  if (!receipt.event_ids.empty()) append_ids(body, receipt);
  return body + "}";
}

http::Response answer_of(const Result<Receipt>& receipt, std::string_view invalid_code) {
  if (!receipt) {
    const Error& error = receipt.error();
    if (error.code == Errc::invalid) return error_answer(400, invalid_code, error.message);
    return error_answer(error);
  }
  if (!receipt->is_single) return json_answer(202, several_body(*receipt));
  if (receipt->rejected.empty()) return json_answer(202, single_body(*receipt));
  const auto& refusal = receipt->rejected.front().refusal;
  return error_answer(400, refusal.code, refusal.message, refusal.pointer);
}

ingest::Framing framing_of(const http::Request& request) {
  auto type = request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  const bool is_lines = http::equal_ignoring_case(type, "application/x-ndjson");
  return is_lines ? ingest::Framing::ndjson : ingest::Framing::json;
}

/// What takes a request's body, unpacked.
using Take = void (*)(const Services&, const Exchange&, std::string_view body, ingest::Intake::Done);

void take_events(const Services& services, const Exchange& exchange, std::string_view body, ingest::Intake::Done done) {
  services.intake.accept(exchange.access.project, body, framing_of(exchange.request), std::move(done));
}

void unpack_and_take(const Services& services, const Exchange& exchange, std::string_view encoding, Take take,
                     ingest::Intake::Done done) {
  auto body = ingest::decompress(encoding, exchange.request.body, kMaxBodyBytes);
  if (!body) return done(body.error());
  body->reserve(body->size() + http::kBodyPadding);
  take(services, exchange, *body, std::move(done));
}

/// How a path takes events: what with, the code of a body that is refused as a whole, and whether any web page may.
struct Way {
  Take take;
  std::string_view invalid_code;
  bool is_open;
};

void take_body(const Services& services, const Exchange& exchange, const Way& way) {
  auto done = [responder = exchange.responder, way](const Result<Receipt>& receipt) {
    const bool unknown_encoding = !receipt && receipt.error().code == Errc::not_found;
    auto response = unknown_encoding ? error_answer(415, "unsupported_encoding", receipt.error().message)
                                     : answer_of(receipt, way.invalid_code);
    responder.send(way.is_open ? with_cors(std::move(response)) : std::move(response));
  };
  const auto encoding = exchange.request.header("Content-Encoding");
  if (encoding.empty() || http::equal_ignoring_case(encoding, "identity")) return way.take(services, exchange, exchange.request.body, std::move(done));
  // Unpacking may take long; an io thread has other clients.
  const bool taken = services.work.submit([&services, exchange, encoding, way, done] {
    unpack_and_take(services, exchange, encoding, way.take, done);
  });
  if (taken) return;
  services.intake.count_limited(exchange.access.project->number, 1);  // at least: nobody looked inside
  done(unavailable("too many packed requests are waiting; retry in a moment"));
}

}  // namespace

void post_events(const Services& services, Exchange exchange) { take_body(services, exchange, {take_events, "invalid_json", true}); }

void post_load(const Services& services, Exchange exchange) { take_body(services, exchange, {take_load_rows, "invalid_request", false}); }

void options_events(const Services&, Exchange exchange) {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Access-Control-Allow-Methods", "POST, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Content-Type, Content-Encoding, X-API-Key, Authorization, X-Project");
  response.headers.emplace_back("Access-Control-Max-Age", "86400");
  exchange.responder.send(with_cors(std::move(response)));
}

}  // namespace spectrum::api
