#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/json.h"

namespace spectrum {

/// Reads JSON that a test has written, with ' for " where that is easier to read. No escapes.
class JsonLiteral {
 public:
  static Json read(std::string_view text) {
    JsonLiteral literal(text);
    Json value = literal.value();
    literal.skip();
    SPECTRUM_ASSERT(literal.rest_.empty(), std::string("JSON goes on: ") + std::string(literal.rest_));
    return value;
  }

 private:
  explicit JsonLiteral(std::string_view text) : rest_(text) {}

  void skip() {
    while (!rest_.empty() && std::string_view(" \n,:").find(rest_.front()) != std::string_view::npos) rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    skip();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string text() {
    const char quote = rest_.front();
    const auto end = rest_.find(quote, 1);
    SPECTRUM_ASSERT(end != std::string_view::npos, "a JSON text does not end");
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  Json number() {
    std::int64_t whole = 0;
    double number = 0;
    const auto* const end = rest_.data() + rest_.size();
    const auto [stop, code] = std::from_chars(rest_.data(), end, number);
    SPECTRUM_ASSERT(code == std::errc(), std::string("no JSON: ") + std::string(rest_));
    const bool is_whole = std::from_chars(rest_.data(), end, whole).ptr == stop;
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    return is_whole ? Json(whole) : Json(number);
  }
  Json value() {
    if (take("null")) return {};
    if (take("true")) return Json(true);
    if (take("false")) return Json(false);
    if (take("[")) {
      Json::Array values;
      while (!take("]")) values.push_back(value());
      return Json(std::move(values));
    }
    if (take("{")) {
      Json::Object members;
      while (!take("}")) {
        std::string name = text();
        members.emplace_back(std::move(name), value());
      }
      return Json(std::move(members));
    }
    skip();
    SPECTRUM_ASSERT(!rest_.empty(), "JSON ends too early");
    if (rest_.front() == '"' || rest_.front() == '\'') return Json(text());
    return number();
  }

  std::string_view rest_;
};

}  // namespace spectrum
