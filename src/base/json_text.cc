#include "base/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/bytes.h"

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

/// Whether nothing in a text needs an escape, eight characters at a time.
bool is_plain(std::string_view text) {
  const auto has_less = [](std::uint64_t word, std::uint64_t than) { return (word - each_byte(than)) & ~word & each_byte(0x80); };
  std::uint64_t found = 0;
  const auto look_at = [&](const char* eight) {
    std::uint64_t word;
    std::memcpy(&word, eight, sizeof word);
    found |= has_less(word, 0x20) | has_less(word ^ each_byte('"'), 1) | has_less(word ^ each_byte('\\'), 1);
  };
  if (text.size() < 8) return std::ranges::none_of(text, needs_escape);
  for (std::size_t i = 0; i + 8 < text.size(); i += 8) look_at(text.data() + i);
  look_at(text.data() + text.size() - 8);
  return found == 0;
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

JsonWriter& JsonWriter::key(std::string_view name) {
  string(name);
  out_[size_++] = ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  if (!is_plain(value)) {
    std::string escaped;
    append_json_string(escaped, value);
    return raw(escaped);
  }
  char* const to = begin_value(value.size() + 2);
  to[0] = '"';
  value.copy(to + 1, value.size());
  to[value.size() + 1] = '"';
  size_ += value.size() + 2;
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  std::string text;
  append_json_integer(text, value);
  return raw(text);
}

JsonWriter& JsonWriter::number(double value) {
  std::string text;
  append_json_number(text, value);
  return raw(text);
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
