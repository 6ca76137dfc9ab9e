#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  /// A key that is JSON text already, with its quotes and colon.
  JsonWriter& raw_key(std::string_view json) {
    put(json);
    needs_comma_ = false;
    return *this;
  }

  JsonWriter& string(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A value that is JSON text already.
  JsonWriter& raw(std::string_view json) {
    put(json);
    return *this;
  }

  /// Begins anew and keeps the memory.
  void clear() {
    size_ = 0;
    needs_comma_ = false;
  }
  /// What is written so far; until more is.
  std::string_view text() const { return {out_.data(), size_}; }
  /// The whole; the writer is as new then.
  std::string take() {
    out_.resize(size_);
    clear();
    return std::exchange(out_, {});
  }

 private:
  JsonWriter& open(char bracket) {
    put({&bracket, 1});
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    needs_comma_ = false;
    put({&bracket, 1});
    return *this;
  }
  void put(std::string_view json) {
    char* const to = begin_value(json.size());
    size_ += json.copy(to, json.size());
  }
  /// Where a value of that size goes, behind a comma if it needs one; there is room for a colon as well.
  char* begin_value(std::size_t size) {
    if (out_.size() - size_ < size + 2) out_.resize(2 * out_.size() + size + 2);
    if (needs_comma_) out_[size_++] = ',';
    needs_comma_ = true;
    return out_.data() + size_;
  }

  std::string out_ = std::string(512, '\0');
  std::size_t size_ = 0;  // the rest of `out_` is room: a string that grows by single characters costs a call for each
  bool needs_comma_ = false;
};

/// A parsed value as JSON text.
std::string to_json_text(const Json& value);

}  // namespace spectrum
