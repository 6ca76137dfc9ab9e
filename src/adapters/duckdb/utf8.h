#pragma once

#include <deque>
#include <string>

#include "model/event.h"

namespace spectrum::duckdb {

/// Makes sure that every text of an event is UTF-8, which DuckDB takes for granted: one bad byte in a table
/// would fail each query and export that meets it. Bad bytes become U+FFFD.
class Utf8Guard {
 public:
  /// The event itself when it is fine, else a repaired copy that lives until `clear`.
  const model::Event& check(const model::Event& event);
  void clear();

 private:
  std::deque<model::Event> repaired_;
  std::deque<std::string> texts_;
};

bool is_utf8(std::string_view text);
std::string repaired_utf8(std::string_view text);

}  // namespace spectrum::duckdb
