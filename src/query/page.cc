#include "query/page.h"

#include <charconv>

#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {
namespace {

constexpr std::int64_t kMaxLimit = 10'000;
constexpr char kSeparator = '.';

}  // namespace

Result<PageOptions> PageOptions::parse(const Json& body, std::size_t numbers) {
  PageOptions page;
  if (const Json* const limit = body.find("limit"); limit && !limit->is_null()) {
    if (!limit->integer() || *limit->integer() < 1 || *limit->integer() > kMaxLimit) {
      return refuse("/limit", "must be a number from 1 to " + std::to_string(kMaxLimit));
    }
    page.limit = static_cast<std::size_t>(*limit->integer());
  }
  TRY(const auto cursor, text_member(body, "", "cursor", ""));
  if (cursor.empty()) return page;
  const char* at = cursor.data();
  const char* const end = at + cursor.size();
  while (page.after.size() < numbers) {
    const auto [stopped, code] = std::from_chars(at, end, page.after.emplace_back());
    const bool is_last = page.after.size() == numbers;
    if (code != std::errc() || (is_last ? stopped != end : stopped == end || *stopped != kSeparator)) {
      return refuse("/cursor", "must be the next_cursor of an answer to the same question");
    }
    at = stopped + 1;
  }
  return page;
}

std::string to_cursor(const std::vector<std::int64_t>& numbers) {
  std::string cursor;
  for (const auto number : numbers) cursor += (cursor.empty() ? "" : std::string(1, kSeparator)) + std::to_string(number);
  return cursor;
}

}  // namespace spectrum::query
