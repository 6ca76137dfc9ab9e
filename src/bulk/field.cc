#include "bulk/field.h"

#include <algorithm>
#include <array>

#include "bulk/timestamps.h"

namespace spectrum::bulk {
namespace {

/// Takes the digits at the start of `text` away; false when there are none.
bool skip_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  text.remove_prefix(end);
  return end > 0;
}

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool starts_with_zero = text.starts_with('0');
  const std::size_t size = text.size();
  if (!skip_digits(text) || (starts_with_zero && size - text.size() > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!skip_digits(text)) return false;
  }
  return text.empty();
}

bool is_exact_number(std::string_view text) {
  constexpr std::size_t kMostExact = 15;
  return text.size() <= kMostExact && is_json_number(text) && text.find_first_of("eE") == std::string_view::npos;
}

Field with_key(Field field) {
  append_json_string(field.key, field.name);
  field.key += ':';
  return field;
}

/// Without its key.
Field place_of(std::string name) {
  using enum Field::Kind;
  static constexpr std::array kTexts = {
      "event_type", "eventType",  "event",      "name",     "event_id",      "eventId",      "user_id", "userId", "anonymous_id", "anonymousId",
      "session_id", "sessionId",  "currency",   "product_id", "productId",   "experiment_id", "experimentId", "variant", "source", "entity_id",
      "entityId",   "status"};
  if (std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end()) return {"", name};
  if (is_timestamp_field(name)) return {"", name, timestamp};
  if (name == "value" || name == "amount_minor" || name == "amountMinor") return {"", name, number};
  if (name == "product.price_usd") return {"product", "price_usd", number};
  for (const std::string object : {"product", "user", "context"}) {
    if (name.starts_with(object + ".")) return {object, name.substr(object.size() + 1)};
  }
  if (name.starts_with("properties.")) name.erase(0, std::string_view("properties.").size());
  return {"properties", std::move(name), maybe_number};
}

}  // namespace

bool is_event_id(std::string_view name) { return name == "event_id" || name == "eventId"; }

bool Field::is_event_type() const {
  return object.empty() && (name == "event_type" || name == "eventType" || name == "event" || name == "name");
}

bool Field::is_user() const {
  return object.empty() && (name == "user_id" || name == "userId" || name == "anonymous_id" || name == "anonymousId");
}

Field field_of(std::string name) { return with_key(place_of(std::move(name))); }

const Field& Fields::of(std::string_view name) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  if (by_name_.size() == kMost) by_name_.clear();
  std::string text(name);
  return by_name_.emplace(text, field_of(text)).first->second;
}

Field property_of(std::string name) { return with_key({"properties", std::move(name)}); }

void write_value(JsonWriter& json, const Field& field, std::string_view text) {
  const bool is_number = (field.kind == Field::Kind::number && is_json_number(text)) ||
                         (field.kind == Field::Kind::maybe_number && is_exact_number(text));
  is_number ? json.raw(text) : json.string(text);
}

std::string constant_of(const Field& field, std::string_view text) {
  JsonWriter json;
  field.kind == Field::Kind::timestamp ? static_cast<void>(json.raw(text)) : write_value(json, field, text);
  return json.take();
}

}  // namespace spectrum::bulk
