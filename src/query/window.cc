#include "query/window.h"

#include "base/time_text.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {

Result<std::int64_t> window_member(const Json& body, std::string_view name, std::string_view fallback) {
  TRY(const auto text, text_member(body, "", name, fallback));
  const auto window = parse_duration(text);
  if (!window || *window < std::chrono::seconds(1) || *window > std::chrono::days(366)) {
    return refuse("/" + std::string(name), "must be a number and a unit (s, m, h, d, w) such as 7d, from 1s to 366d");
  }
  return std::chrono::microseconds(*window).count();
}

}  // namespace spectrum::query
