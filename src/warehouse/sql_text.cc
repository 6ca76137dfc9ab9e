#include "warehouse/sql_text.h"

namespace spectrum::warehouse {

std::string fill(std::string_view sql,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string filled(sql);
  for (const auto& [name, value] : values) {
    const std::string placeholder = "{" + std::string(name) + "}";
    for (auto at = filled.find(placeholder); at != std::string::npos;
         at = filled.find(placeholder, at + value.size())) {
      filled.replace(at, placeholder.size(), value);
    }
  }
  return filled;
}

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal += '\'';
}

std::string json_pointer(std::string_view key) {
  std::string pointer = "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

}  // namespace spectrum::warehouse
