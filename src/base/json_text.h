#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace spectrum {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 are kept as they are.
void append_json_string(std::string& out, std::string_view text);

/// Appends the shortest decimal form that reads back as the same double; `null` for NaN and infinities.
void append_json_number(std::string& out, double value);

/// Appends an integer; beyond ±2^53, where JavaScript loses digits, as a string.
void append_json_integer(std::string& out, std::int64_t value);

/// Writes one JSON document piece by piece and puts the commas. The caller keeps keys and values in order.
class JsonWriter {
 public:
  JsonWriter() { out_.reserve(512); }
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  /// A key that is JSON text already, with its quotes and colon.
  JsonWriter& raw_key(std::string_view json);

  JsonWriter& string(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// A value that is JSON text already.
  JsonWriter& raw(std::string_view json);

  /// Begins anew and keeps the memory.
  void clear() {
    out_.clear();
    needs_comma_ = false;
  }
  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

/// A parsed value as JSON text.
std::string to_json_text(const Json& value);

}  // namespace spectrum
