#pragma once

#include <string>

#include "base/json_text.h"
#include "base/result.h"
#include "http/message.h"

namespace spectrum::api {

/// A page of a list: so many rows, behind a cursor that the page before gave.
struct Page {
  std::int64_t limit = 100;
  std::string cursor;
};

Result<Page> page_of(const http::Request& request);

/// The cursor as the number that it is in most lists; 0 for the first page.
Result<std::uint64_t> number_of(const Page& page);

/// Writes `{"data":[…],"meta":{"next_cursor":…}}`: rows by `write_row`, a cursor when there may be more.
template <typename Rows, typename WriteRow, typename CursorOf>
http::Response list_answer(const Rows& rows, const Page& page, WriteRow&& write_row, CursorOf&& cursor_of) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& row : rows) write_row(json, row);
  json.end_array().key("meta").begin_object().key("next_cursor");
  if (rows.size() < static_cast<std::size_t>(page.limit)) {
    json.null();
  } else {
    json.string(cursor_of(rows.back()));
  }
  json.end_object().end_object();
  http::Response response;
  response.body = json.take();
  return response;
}

}  // namespace spectrum::api
