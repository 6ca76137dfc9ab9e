#include "http/parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <vector>

namespace spectrum::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using beast::http::field;

/// A piece of the head, by place: the head may move before it is used.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

ParseFailure failure_of(const beast::error_code& code) {
  if (code == error::bad_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  if (code == error::bad_method || code == error::bad_target) return {400, "the request line is malformed"};
  if (code == error::bad_content_length || code == error::multiple_content_length) {
    return {400, "Content-Length is malformed, doubled, or beside Transfer-Encoding"};
  }
  if (code == error::bad_transfer_encoding) return {400, "Transfer-Encoding is malformed or beside Content-Length"};
  if (code == error::bad_chunk || code == error::bad_chunk_extension) return {400, "the chunked body is malformed"};
  return {400, "a header line is malformed"};
}

/// Beast takes `5, 5` too.
bool is_number(beast::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The form of a target that proxies are sent, which servers take too (RFC 9112, 3.2.2). Its authority goes before Host.
struct Target {
  bool is_absolute = false;
  std::string_view authority;
  std::string_view path;  ///< with the query
};

Target split_target(std::string_view target) {
  const auto scheme_end = target.find("://");
  const auto scheme = target.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos) return {false, {}, target};
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return {false, {}, target};
  const auto rest = target.substr(scheme_end + 3);
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  return {true, rest.substr(0, end), rest.substr(end)};
}

/// A header line that goes on in the next one: proxies differ in how they read it.
bool has_folded_line(std::string_view head) {
  return head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

struct HeadParser::Impl final : beast::http::basic_parser<true> {
  std::string_view head;  // only while parsing
  Span method, target;
  struct FieldSpan {
    Span name, value;
  };
  std::vector<FieldSpan> fields;
  std::string_view chunk_data;
  std::uint64_t chunk_left = 0;
  bool other_encoding = false;
  bool has_host = false;
  bool has_length = false;
  bool is_http_11 = false;
  bool continue_expected = false;

  /// Beast unfolds continued lines of a trailer into a buffer of its own; such a value does not lie in the head.
  Span locate(beast::string_view text) {
    const auto* begin = text.data();
    if (text.empty() || begin < head.data() || begin + text.size() > head.data() + head.size()) return {};
    return {static_cast<std::uint32_t>(begin - head.data()), static_cast<std::uint32_t>(text.size())};
  }

  void on_request_impl(beast::http::verb, beast::string_view method_text, beast::string_view target_text, int version,
                       beast::error_code&) override {
    is_http_11 = version >= 11;
    method = locate(method_text);
    target = locate(target_text);
  }
  void on_field_impl(field name, beast::string_view name_text, beast::string_view value, beast::error_code& code) override {
    fields.push_back({locate(name_text), locate(value)});
    if (name == field::transfer_encoding) {
      other_encoding |= !beast::iequals(value, "chunked");
      // HTTP/1.0 knows no chunks, and a proxy that speaks it would not see where the body ends (RFC 9112, 6.1).
      if (!is_http_11) code = error::bad_transfer_encoding;
    }
    if (name == field::content_length && !is_number(value)) code = error::bad_content_length;
    if (name == field::expect) continue_expected = beast::iequals(value, "100-continue");
    if (name == field::content_length) {
      if (has_length) code = error::multiple_content_length;
      has_length = true;
    }
    if (name == field::host) {
      if (has_host) code = error::bad_value;
      has_host = true;
    }
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view, beast::error_code&) override { chunk_left = size; }
  std::size_t on_chunk_body_impl(std::uint64_t remain, beast::string_view body, beast::error_code&) override {
    chunk_data = {body.data(), body.size()};
    chunk_left = remain - body.size();
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}
};

HeadParser::HeadParser() : impl_(std::make_unique<Impl>()) {
  impl_->header_limit(1u << 30);  // the caller limits what it collects
  impl_->body_limit(boost::none);
  impl_->fields.reserve(12);
}
HeadParser::~HeadParser() = default;

std::optional<ParseFailure> HeadParser::parse(std::string_view head, std::size_t max_fields) {
  if (has_folded_line(head)) return ParseFailure{400, "header lines must not be folded"};
  impl_->head = head;
  beast::error_code code;
  impl_->put(boost::asio::const_buffer(head.data(), head.size()), code);
  impl_->head = {};
  const auto target = split_target(head.substr(impl_->target.offset, impl_->target.size));
  if (target.is_absolute && target.authority.empty()) return ParseFailure{400, "the request line names no host"};
  if (impl_->other_encoding) return ParseFailure{501, "the only Transfer-Encoding spoken here is chunked"};
  if (code && code != error::need_more) return failure_of(code);
  if (!impl_->is_header_done()) return ParseFailure{400, "the request's head is malformed"};
  if (impl_->fields.size() > max_fields) return ParseFailure{431, "the request has too many header fields"};
  if (!impl_->has_host && impl_->is_http_11) return ParseFailure{400, "the Host header is missing"};
  return std::nullopt;
}

bool HeadParser::is_chunked() const { return impl_->chunked(); }
bool HeadParser::keep_alive() const { return impl_->keep_alive(); }
bool HeadParser::expects_continue() const { return impl_->continue_expected; }
std::size_t HeadParser::content_length() const { return impl_->content_length().value_or(0); }

HeadParser::ChunkStep HeadParser::parse_chunked(std::string_view raw, std::string_view& data) {
  ChunkStep step;
  // Beast asserts that the last chunk does not come in smaller pieces, and no chunk has a shorter end.
  static constexpr std::string_view kLeast = "0\r\n\r\n";
  if (raw.empty() || (impl_->chunk_left == 0 && raw.size() < kLeast.size())) return step;
  beast::error_code code;
  impl_->chunk_data = {};
  impl_->head = raw;  // trailer fields point here; they are read and dropped
  const std::size_t fields = impl_->fields.size();
  step.consumed = impl_->put(boost::asio::const_buffer(raw.data(), raw.size()), code);
  impl_->fields.resize(fields);
  impl_->head = {};
  data = impl_->chunk_data;
  step.done = impl_->is_done();
  if (code && code != error::need_more) step.failure = failure_of(code);
  return step;
}

void HeadParser::fill(Request& request, std::string_view head) const {
  const auto text = [head](Span span) { return head.substr(span.offset, span.size); };
  request.method = text(impl_->method);
  const auto target = split_target(text(impl_->target));
  const auto question = target.path.find('?');
  request.path = target.path.substr(0, question);
  request.query = question == std::string_view::npos ? std::string_view{} : target.path.substr(question + 1);
  if (request.path.empty()) request.path = "/";
  request.fields.clear();
  for (const auto& field : impl_->fields) {
    const bool is_overruled = target.is_absolute && equal_ignoring_case(text(field.name), "Host");
    request.fields.push_back({text(field.name), is_overruled ? target.authority : text(field.value)});
  }
}

}  // namespace spectrum::http
