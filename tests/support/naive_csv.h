#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace spectrum {

/// The rows of a CSV text, worked out a character at a time. A row whose quote is left open ends with the text.
inline std::vector<std::vector<std::string>> naive_csv(std::string_view text, char delimiter) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    std::vector<std::string> row(1);
    bool is_empty = true, at_field_start = true, is_quoted = false;
    for (;;) {
      const bool at_line_end = text.empty() || text == "\r" || text.starts_with('\n') || text.starts_with("\r\n");
      const bool at_last_line_end = text == "\n" || text == "\r\n" || text == "\r" || text.empty();
      if (is_quoted ? at_last_line_end : at_line_end) break;
      const char c = text.front();
      const bool is_doubled = is_quoted && text.starts_with("\"\"");
      text.remove_prefix(is_doubled ? 2 : 1);
      if (is_doubled) {
        row.back() += '"';
      } else if (c == '"' && (is_quoted || at_field_start)) {
        is_quoted = !is_quoted;
      } else if (c == delimiter && !is_quoted) {
        row.emplace_back();
      } else {
        row.back() += c;
      }
      at_field_start = c == delimiter && !is_quoted;
      is_empty = false;
    }
    text.remove_prefix(std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
    if (!is_empty) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace spectrum
