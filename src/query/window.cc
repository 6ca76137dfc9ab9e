#include "query/window.h"

#include "base/time_text.h"

namespace spectrum::query {

std::optional<std::int64_t> parse_window(std::string_view text) {
  const auto window = parse_duration(text);
  if (!window || *window < std::chrono::seconds(1) || *window > std::chrono::days(366)) return std::nullopt;
  return std::chrono::microseconds(*window).count();
}

}  // namespace spectrum::query
