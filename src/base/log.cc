#include "base/log.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/time_text.h"

namespace spectrum {
namespace {

std::string json_line(std::string_view level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "{\"time\":\"" + format_rfc3339(SystemClock().now()) + "\",\"level\":\"" + std::string(level) +
                     "\",\"message\":";
  append_json_string(line, message);
  for (const auto& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    if (field.is_number) {
      line += field.value;
    } else {
      append_json_string(line, field.value);
    }
  }
  return line + "}\n";
}

std::string readable_line(std::string_view level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = format_rfc3339(SystemClock().now()).substr(11, 8) + " ";
  if (level != "info") line += std::string(level) + ": ";
  line += message;
  for (const auto& field : fields) {
    line += "  " + std::string(field.key) + "=";
    if (field.is_number) {
      line += field.value;
    } else {
      append_json_string(line, field.value);  // quoted and escaped: a value cannot forge a line
    }
  }
  return line + "\n";
}

void write_line(std::string_view level, std::string_view message, std::initializer_list<LogField> fields) {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  const std::string line =
      is_terminal ? readable_line(level, message, fields) : json_line(level, message, fields);
  // One write per line keeps lines of several threads apart; a closed stderr is nobody's failure.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void log_info(std::string_view message, std::initializer_list<LogField> fields) { write_line("info", message, fields); }
void log_warning(std::string_view message, std::initializer_list<LogField> fields) {
  write_line("warning", message, fields);
}
void log_error(std::string_view message, std::initializer_list<LogField> fields) {
  write_line("error", message, fields);
}

}  // namespace spectrum
