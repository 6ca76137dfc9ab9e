#include "api/page.h"

#include <charconv>

namespace spectrum::api {
namespace {

constexpr std::int64_t kMaxLimit = 10'000;

template <typename Number>
bool parse(const std::string& text, Number& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Page> page_of(const http::Request& request) {
  Page page;
  page.cursor = request.query_value("cursor");
  const auto limit = request.query_value("limit");
  if (!limit.empty() && (!parse(limit, page.limit) || page.limit < 1 || page.limit > kMaxLimit)) {
    return invalid("/limit: must be a number from 1 to " + std::to_string(kMaxLimit));
  }
  return page;
}

Result<std::uint64_t> number_of(const Page& page) {
  if (page.cursor.empty()) return std::uint64_t{0};
  std::int64_t number = 0;
  if (!parse(page.cursor, number) || number <= 0) return foreign_cursor();
  return static_cast<std::uint64_t>(number);
}

Error foreign_cursor() { return invalid("/cursor: is none that this list gave"); }

}  // namespace spectrum::api
