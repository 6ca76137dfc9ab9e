#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace spectrum {

/// One key and value of a log line. Numbers stay numbers in JSON.
struct LogField {
  LogField(std::string_view key_name, std::string_view text) : key(key_name), value(text) {}
  LogField(std::string_view key_name, const std::string& text) : key(key_name), value(text) {}
  LogField(std::string_view key_name, const char* text) : key(key_name), value(text) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  LogField(std::string_view key_name, Number number) : key(key_name), value(std::to_string(number)), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};

/// One line on stderr: readable on a terminal, a JSON object otherwise. Thread-safe.
void log_info(std::string_view message, std::initializer_list<LogField> fields = {});
void log_warning(std::string_view message, std::initializer_list<LogField> fields = {});
void log_error(std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace spectrum
