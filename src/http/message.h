#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spectrum::http {

/// A header field as it came. Names compare without case.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// A whole request. The views live until it is answered.
struct Request {
  std::string_view method;
  std::string_view path;    ///< still percent-encoded, without the query
  std::string_view query;   ///< behind the `?`
  std::vector<Field> fields;
  std::string_view body;    ///< followed by 64 readable bytes, as vectorised parsers want

  /// The value of a header, empty when absent.
  std::string_view header(std::string_view name) const { return find_header(name).value_or(""); }
  /// The decoded value of a query parameter, empty when absent.
  std::string query_value(std::string_view name) const { return find_query_value(name).value_or(""); }

  // The same, nothing when absent.
  std::optional<std::string_view> find_header(std::string_view name) const;
  std::optional<std::string> find_query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";  ///< a literal
  std::vector<std::pair<std::string_view, std::string>> headers;
  bool close = false;  ///< end the connection after it
};

/// Bytes that `Request::body` may be read beyond its end.
inline constexpr std::size_t kBodyPadding = 64;

/// Whether two ASCII texts are equal but for case.
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// Decodes `%41` and, in queries, `+`. Broken escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space);

std::string_view reason_phrase(int status);

}  // namespace spectrum::http
