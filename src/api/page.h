#pragma once

#include <algorithm>
#include <string>

#include "base/json_text.h"
#include "base/result.h"
#include "http/message.h"

namespace spectrum::api {

/// A page of a list: so many rows, behind a cursor that the page before gave.
struct Page {
  std::int64_t limit = 100;
  std::string cursor;

  /// One row more tells whether anything follows.
  std::int64_t rows_to_read() const { return limit + 1; }
};

Result<Page> page_of(const http::Request& request);

/// The cursor as the number that it is in most lists; 0 for the first page.
Result<std::uint64_t> number_of(const Page& page);

/// For a cursor that no page gave.
Error foreign_cursor();

/// Writes `{"data":[…],"meta":{"next_cursor":…}}`: rows by `write_row`, of `rows_to_read` all but the one
/// that only says that there are more; then the last one's cursor.
template <typename Rows, typename WriteRow, typename CursorOf>
http::Response list_answer(const Rows& rows, const Page& page, WriteRow&& write_row, CursorOf&& cursor_of) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  const auto shown = std::min(rows.size(), static_cast<std::size_t>(page.limit));
  for (std::size_t i = 0; i < shown; ++i) write_row(json, rows[i]);
  json.end_array().key("meta").begin_object().key("next_cursor");
  if (rows.size() > shown) {
    json.string(cursor_of(rows[shown - 1]));
  } else {
    json.null();
  }
  json.end_object().end_object();
  http::Response response;
  response.body = json.take();
  return response;
}

}  // namespace spectrum::api
