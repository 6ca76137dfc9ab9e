#include "base/json_text.h"

#include <charconv>
#include <cmath>

namespace spectrum {
namespace {

constexpr std::int64_t kLargestExactInteger = std::int64_t{1} << 53;

void append_escaped(std::string& out, char character) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (character) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(character) >> 4];
      out += kHex[static_cast<unsigned char>(character) & 15];
  }
}

bool needs_escape(char character) {
  return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out.append(text, copied, i - copied);
    append_escaped(out, text[i]);
    copied = i + 1;
  }
  out.append(text, copied);
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

void append_json_integer(std::string& out, std::int64_t value) {
  const bool quoted = value > kLargestExactInteger || value < -kLargestExactInteger;
  if (quoted) out += '"';
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  if (quoted) out += '"';
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::raw_key(std::string_view json) {
  separate();
  out_ += json;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_json_integer(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  separate();
  append_json_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

namespace {

void write(JsonWriter& json, const Json& value) {
  if (const auto* const members = value.object()) {
    json.begin_object();
    for (const auto& [name, member] : *members) write(json.key(name), member);
    json.end_object();
  } else if (const auto* const list = value.array()) {
    json.begin_array();
    for (const auto& member : *list) write(json, member);
    json.end_array();
  } else if (const auto* const text = value.string()) {
    json.string(*text);
  } else if (const auto* const whole = value.integer()) {
    json.raw(std::to_string(*whole));
  } else if (const auto* const number = value.number()) {
    json.number(*number);
  } else if (const auto* const flag = value.boolean()) {
    json.boolean(*flag);
  } else {
    json.null();
  }
}

}  // namespace

std::string to_json_text(const Json& value) {
  JsonWriter json;
  write(json, value);
  return json.take();
}

}  // namespace spectrum
