#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/json_text.h"

namespace spectrum::bulk {

/// Whether a name is one of those that the id of an event has.
bool is_event_id(std::string_view name);

/// A field of an event: its place in the event's JSON.
struct Field {
  enum class Kind { text, number, maybe_number, timestamp };

  std::string object;  ///< `product`, `user`, `context`, `properties`, or empty for the event itself
  std::string name;
  Kind kind = Kind::text;
  std::string key{};   ///< the name as JSON, with quotes and colon

  bool is_same_as(const Field& other) const { return object == other.object && name == other.name; }

  /// By any of the names that these fields of the event itself have.
  bool is_event_id() const { return object.empty() && bulk::is_event_id(name); }
  bool is_event_type() const;
  bool is_user() const;
};

/// Where a name leads, such as `user_id`, `product.sku` or `plan`; any name that is none of the event's is a property.
Field field_of(std::string name);

/// Fields by their names, each looked up once. One thread at a time.
class Fields {
 public:
  /// As `field_of`; valid until the next call.
  const Field& of(std::string_view name);

 private:
  static constexpr std::size_t kMost = 1000;  // names that are data have no end

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Field, Hash, std::equal_to<>> by_name_;
};

/// The property of that name, as a text.
Field property_of(std::string name);

/// Writes a text as the field's kind has it: as a number where it is one. A property becomes a number where that loses
/// nothing: `007`, `12E5` and account numbers of twenty digits stay text.
void write_value(JsonWriter& json, const Field& field, std::string_view text);

/// The JSON of a constant: as of `write_value`, and a timestamp's text as it is.
std::string constant_of(const Field& field, std::string_view text);

}  // namespace spectrum::bulk
