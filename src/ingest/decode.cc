// One pass of simdjson's on-demand parser per body. On-demand reads lazily, so everything that is kept as raw JSON is
// walked once to know that it is valid.
#include "ingest/decode.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/sha256.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "ingest/validate.h"

namespace spectrum::ingest {
namespace {

namespace ondemand = simdjson::ondemand;
using ondemand::json_type;

constexpr int kMaxDepth = 32;

enum class Key : std::uint8_t {
  event_type, timestamp, event_id, user_id, anonymous_id, session_id, value, amount_minor, currency, product, product_id,
  experiment_id, variant, source, entity_id, status, properties, context, user, unknown
};

/// A name of a top-level field. Of several names of one field, the one with the lowest rank counts.
struct Name {
  std::string_view text;
  Key key;
  std::uint8_t rank = 0;
  bool is_camel = false;
};

constexpr std::array kNames = {
    Name{"event", Key::event_type, 1}, Name{"event_type", Key::event_type}, Name{"eventType", Key::event_type, 0, true},
    Name{"name", Key::event_type, 2}, Name{"timestamp", Key::timestamp}, Name{"occurred_at", Key::timestamp, 1},
    Name{"occurredAt", Key::timestamp, 1, true}, Name{"time", Key::timestamp, 2}, Name{"event_id", Key::event_id},
    Name{"eventId", Key::event_id, 0, true}, Name{"user_id", Key::user_id}, Name{"userId", Key::user_id, 0, true},
    Name{"anonymous_id", Key::anonymous_id}, Name{"anonymousId", Key::anonymous_id, 0, true},
    Name{"session_id", Key::session_id}, Name{"sessionId", Key::session_id, 0, true}, Name{"value", Key::value},
    Name{"amount_minor", Key::amount_minor}, Name{"amountMinor", Key::amount_minor, 0, true},
    Name{"currency", Key::currency}, Name{"product", Key::product}, Name{"product_id", Key::product_id},
    Name{"productId", Key::product_id, 0, true}, Name{"experiment_id", Key::experiment_id},
    Name{"experimentId", Key::experiment_id, 0, true}, Name{"variant", Key::variant}, Name{"source", Key::source},
    Name{"entity_id", Key::entity_id}, Name{"entityId", Key::entity_id, 0, true}, Name{"status", Key::status},
    Name{"properties", Key::properties}, Name{"context", Key::context}, Name{"user", Key::user},
};

/// Finds a name with one look: a table in which no two names share a place.
class NameTable {
 public:
  constexpr NameTable() {
    places_.fill(kNames.size());
    for (std::uint8_t i = 0; i < kNames.size(); ++i) {
      if (places_[place_of(kNames[i].text)] != kNames.size()) throw "two names share a place: choose other factors";
      places_[place_of(kNames[i].text)] = i;
    }
  }
  Name find(std::string_view text) const {
    const std::size_t index = text.size() < 2 ? kNames.size() : places_[place_of(text)];
    if (index < kNames.size() && kNames[index].text == text) return kNames[index];
    return {text, Key::unknown};
  }

 private:
  static constexpr std::size_t place_of(std::string_view text) {
    const auto at = [text](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    return (text.size() * 35 + at(0) * 146 + at(1) * 217 + at(text.size() - 1) * 206) % 256;
  }
  std::array<std::uint8_t, 256> places_{};
};
constexpr NameTable kNameTable;

/// White space as JSON has it: no other control character is.
constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view trim_end(std::string_view json) {
  while (!json.empty() && is_space(json.back())) json.remove_suffix(1);
  return json;
}

std::string_view trim(std::string_view json) {
  while (!json.empty() && is_space(json.front())) json.remove_prefix(1);
  return trim_end(json);
}

/// The JSON value at the start of `text`, for texts that are known to hold one: brackets are counted outside strings.
std::string_view leading_value(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ',') {
      if (depth == 0) return trim_end(text.substr(0, i));
      if (c != ',' && --depth == 0) return text.substr(0, i + 1);
    }
  }
  return trim_end(text);
}

/// The first `size` bytes of a UTF-8 text, or one to three less: no character is cut.
std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while ((static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

/// Whether an error concerns one value only, so that its neighbours can still be read.
bool concerns_one_value(simdjson::error_code code) {
  return code == simdjson::INCORRECT_TYPE || code == simdjson::NUMBER_ERROR || code == simdjson::STRING_ERROR ||
         code == simdjson::NUMBER_OUT_OF_RANGE;
}

/// Reads one event out of one JSON object. `broken()` tells that the JSON itself is no JSON.
class EventReader {
 public:
  void begin_body(std::string_view body) {
    is_camel_case_ = false;
    has_escapes_ = body.find('\\') != std::string_view::npos;
  }

  void begin(ondemand::document& document, const char* end, const EventDecoder::Context& context) {
    document_ = &document;
    end_ = end;
    context_ = &context;
    event_ = {};
    event_.project_id = context.project.number;
    event_.received_at = context.received_at;
    event_.occurred_at = context.received_at;
    given_ = 0;
    extras_.clear();
    product_id_ = {};
    page_rank_ = 0;
    broken_ = simdjson::SUCCESS;
    has_event_list_ = false;
    id_was_made_ = false;
  }

  /// False: see `refusal()`, `broken()` and `has_event_list()`.
  bool read(ondemand::object object) {
    for (auto field_result : object) {
      if (!good(field_result.error())) return false;
      ondemand::field&& field = std::move(field_result).value_unsafe();
      if (!read_field(field)) return false;
    }
    return finish();
  }

  bool refuse(std::string_view code, std::string message, std::string pointer = {}) {
    refusal_ = {code, std::move(message), std::move(pointer)};
    return false;
  }

  /// The object's text, from its brace: valid after a `read` that reached its end.
  std::string_view text_since(const char* start) {
    const char* at = nullptr;
    if (document_->current_location().get(at)) at = end_;
    while (at > start && at[-1] != '}' && at[-1] != ']') --at;
    return {start, static_cast<std::size_t>(at - start)};
  }

  const model::Event& event() const { return event_; }
  const Refusal& refusal() const { return refusal_; }
  simdjson::error_code broken() const { return broken_; }
  bool has_event_list() const { return has_event_list_; }
  bool is_camel_case() const { return is_camel_case_; }
  bool id_was_made() const { return id_was_made_; }

  /// Reads what is of no interest; false when it is no JSON.
  bool skip(ondemand::value& value) {
    walk(value, 2);
    return !broken_;
  }

  bool good(simdjson::error_code code) {
    if (code == simdjson::SUCCESS) [[likely]] return true;
    return failed(code);
  }

 private:
  [[gnu::noinline]] bool failed(simdjson::error_code code) {
    if (concerns_one_value(code)) return refuse("invalid_value", describe(code));
    return breaks(code);
  }

  static std::string describe(simdjson::error_code code) {
    if (code == simdjson::STRING_ERROR) return "a text holds a broken escape or half of a surrogate pair";
    return "a number is malformed or out of range; send very large ones as text";
  }

  struct Seen {
    std::string_view name;
    std::string_view raw;
    std::uint8_t rank = 0;
  };

  bool is_given(Key key) const { return given_ >> static_cast<unsigned>(key) & 1u; }

  bool read_field(ondemand::field& field) {
    std::string_view key;
    const char* const raw_key = field.key().raw();
    if (!read_key(field, key)) return false;
    ondemand::value& value = field.value();
    const Name name = kNameTable.find(key);
    is_camel_case_ |= name.is_camel;
    if (name.key == Key::unknown) {
      json_type type{};
      if (key == "events" && !value.type().get(type) && type == json_type::array && !is_given(Key::event_type)) {
        has_event_list_ = true;
        return false;
      }
      return keep_extra(raw_key, value);
    }
    bool is_absent = false;
    if (!read_absence(value, is_absent) || is_absent) return is_absent;
    Seen& seen = seen_[static_cast<std::size_t>(name.key)];
    if (is_given(name.key)) {
      if (seen.name == name.text) return refuse("invalid_value", std::string(key) + " is given twice", pointer_to(key));
      if (name.rank >= seen.rank) return keep_extra(raw_key, value);
      append_extra(seen.name, trim_end(seen.raw));
    }
    given_ |= 1u << static_cast<unsigned>(name.key);
    seen.name = name.text;
    seen.raw = value.raw_json_token();
    seen.rank = name.rank;
    return read_known(name, value);
  }

  bool read_known(const Name& name, ondemand::value& value) {
    switch (name.key) {
      case Key::event_type: return read_text(name.text, value, kMaxEventTypeBytes, event_.event_type);
      case Key::event_id: return read_text(name.text, value, kMaxEventIdBytes, event_.event_id);
      case Key::user_id: return read_text(name.text, value, kMaxTextBytes, event_.user_id);
      case Key::anonymous_id: return read_text(name.text, value, kMaxTextBytes, event_.anonymous_id);
      case Key::session_id: return read_text(name.text, value, kMaxTextBytes, event_.session_id);
      case Key::experiment_id: return read_text(name.text, value, kMaxTextBytes, event_.experiment_id);
      case Key::variant: return read_text(name.text, value, kMaxTextBytes, event_.variant);
      case Key::source: return read_text(name.text, value, kMaxTextBytes, event_.source);
      case Key::entity_id: return read_text(name.text, value, kMaxTextBytes, event_.entity_id);
      case Key::product_id: return read_text(name.text, value, kMaxTextBytes, product_id_);
      case Key::status: return read_text(name.text, value, kMaxTextBytes, event_.status) && check_status(name.text);
      case Key::currency: return read_text(name.text, value, kMaxTextBytes, event_.currency) && check_currency(name.text);
      case Key::timestamp: return read_timestamp(name.text, value);
      case Key::value: return read_number(name.text, value, event_.value);
      case Key::amount_minor: return read_integer(name.text, value, event_.amount_minor);
      case Key::product: return read_product(name.text, value);
      case Key::user: return read_user(name.text, value);
      case Key::properties: return read_json_object(name.text, value, event_.properties, 2, Page::in_properties);
      case Key::context: return read_json_object(name.text, value, event_.context, 2, Page::in_context);
      case Key::unknown: break;
    }
    return true;
  }

  /// Null and empty text are as good as absent.
  bool read_absence(ondemand::value& value, bool& is_absent) {
    const std::string_view token = value.raw_json_token();
    is_absent = token.starts_with("\"\"");
    if (is_absent) return take_token(value);
    return token.front() != 'n' || read_null(value, is_absent);
  }

  /// Moves past a text that was read where it lies. Left to the parser, it would be skipped together with what follows: a
  /// colon after a value, as in `{"a": "b": 1}`, would go unnoticed.
  bool take_token(ondemand::value& value) {
    ondemand::raw_json_string token;
    return good(value.get_raw_json_string().get(token));
  }

  bool read_null(ondemand::value& value, bool& is_null) {
    return !value.is_null().get(is_null) || breaks(simdjson::N_ATOM_ERROR);
  }

  bool breaks(simdjson::error_code code) {
    broken_ = code;
    return false;
  }

  bool wrong_type(std::string_view path, std::string_view wanted) {
    return refuse("invalid_type", std::string(path) + " must be " + std::string(wanted), pointer_to(path));
  }

  /// `product/price_usd` → `/product/price_usd`.
  static std::string pointer_to(std::string_view path) { return "/" + std::string(path); }

  /// A field's name. Most hold no escape and are viewed where they lie.
  bool read_key(ondemand::field& field, std::string_view& key) {
    const char* const start = field.key().raw();
    const char* end = field.value().raw_json_token().data() - 2;
    if (end[0] != '"' || end[1] != ':') end = closing_quote(start);  // spaces around the colon
    key = {start, static_cast<std::size_t>(end - start)};
    if (!may_escape(key)) [[likely]] return true;
    return good(field.unescaped_key().get(key)) && has_no_nul(key);
  }

  bool may_escape(std::string_view text) const {
    return has_escapes_ && text.find('\\') != std::string_view::npos;
  }

  /// A text value, likewise. U+0000 can only come as an escape.
  bool text_of(ondemand::value& value, std::string_view& text) {
    const auto token = trim_end(value.raw_json_token());
    if (token.front() == '"' && !may_escape(token)) [[likely]] {
      text = token.substr(1, token.size() - 2);
      return take_token(value);
    }
    return good(value.get_string().get(text)) && has_no_nul(text);
  }

  bool has_no_nul(std::string_view text) {
    return text.find('\0') == std::string_view::npos || refuse("invalid_value", "a text or a name holds the character U+0000");
  }

  bool read_text(std::string_view path, ondemand::value& value, std::size_t limit, std::string_view& out) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    if (type != json_type::string) return wrong_type(path, "text; put it in quotes");
    std::string_view text;
    if (!located(text_of(value, text), path)) return false;
    if (text.size() > limit) {
      return refuse("too_long", std::string(path) + " is longer than " + std::to_string(limit) + " bytes", pointer_to(path));
    }
    out = text;
    return true;
  }

  /// Adds the place to a refusal that has none.
  bool located(bool fine, std::string_view path) {
    if (!fine && refusal_.pointer.empty() && !broken_) refusal_.pointer = pointer_to(path);
    return fine;
  }

  bool read_number(std::string_view path, ondemand::value& value, std::optional<double>& out) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    if (type != json_type::number) return wrong_type(path, "a number");
    double number = 0;
    if (!located(good(value.get_double().get(number)), path)) return false;
    if (!std::isfinite(number)) return refuse("invalid_value", std::string(path) + " is out of range", pointer_to(path));
    out = number;
    return true;
  }

  bool read_integer(std::string_view path, ondemand::value& value, std::optional<std::int64_t>& out) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    std::int64_t number = 0;
    if (type != json_type::number || value.get_int64().get(number)) return wrong_type(path, "a whole number of 64 bits");
    out = number;
    return true;
  }

  bool read_timestamp(std::string_view path, ondemand::value& value) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    std::optional<Timestamp> instant;
    if (type == json_type::number) {
      double number = 0;
      if (!located(good(value.get_double().get(number)), path)) return false;
      instant = instant_of_epoch(number);
    } else if (type == json_type::string) {
      std::string_view text;
      if (!read_text(path, value, kMaxTextBytes, text)) return false;
      if (text.empty()) return true;
      instant = parse_rfc3339(text);
    } else {
      return wrong_type(path, "an RFC 3339 text or an epoch number");
    }
    if (!instant) {
      return refuse("invalid_timestamp",
                    std::string(path) + " is no RFC 3339 instant with an offset (2026-11-21T09:30:00Z) and no epoch number",
                    pointer_to(path));
    }
    event_.occurred_at = *instant;
    return true;
  }

  bool check_status(std::string_view path) {
    if (event_.status.empty() || is_status(event_.status)) return true;
    return refuse("invalid_value", "status must be success, failed or pending", pointer_to(path));
  }

  bool check_currency(std::string_view path) {
    if (event_.currency.empty()) return true;
    if (!normalise_currency(event_.currency, currency_)) {
      return refuse("invalid_value", "currency must be an ISO 4217 code such as EUR", pointer_to(path));
    }
    event_.currency = currency_;
    return true;
  }

  /// Calls `use(key, value)` for the fields of an object that are not null.
  template <typename Use>
  bool for_each_field(std::string_view path, ondemand::value& value, Use&& use) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) {
      return code == simdjson::INCORRECT_TYPE ? wrong_type(path, "an object") : good(code);
    }
    for (auto field_result : object) {
      if (!good(field_result.error())) return false;
      ondemand::field&& field = std::move(field_result).value_unsafe();
      std::string_view key;
      if (!read_key(field, key)) return false;
      ondemand::value& child = field.value();
      bool is_absent = false;
      if (!read_absence(child, is_absent)) return false;
      if (!is_absent && !use(key, child)) return false;
    }
    return true;
  }

  bool read_product(std::string_view path, ondemand::value& value) {
    return for_each_field(path, value, [this](std::string_view key, ondemand::value& child) {
      if (key == "sku") return read_text("product/sku", child, kMaxTextBytes, event_.product_sku);
      if (key == "name") return read_text("product/name", child, kMaxTextBytes, event_.product_name);
      if (key == "category") return read_text("product/category", child, kMaxTextBytes, event_.product_category);
      if (key == "price_usd" || key == "priceUsd") {
        return read_number("product/price_usd", child, event_.product_price_usd);
      }
      return walk(child, 3);
    });
  }

  bool read_user(std::string_view path, ondemand::value& value) {
    return for_each_field(path, value, [this](std::string_view key, ondemand::value& child) {
      if (key == "segment") return read_text("user/segment", child, kMaxTextBytes, event_.user_segment);
      if (key == "traits") return read_json_object("user/traits", child, event_.user_traits, 3, Page::nowhere);
      return walk(child, 3);
    });
  }

  // --- raw JSON ------------------------------------------------------------------------------------------------------

  enum class Page { nowhere, in_context, in_properties };

  bool read_json_object(std::string_view path, ondemand::value& value, std::string_view& out, int depth, Page page) {
    const char* const start = value.raw_json_token().data();
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) {
      return code == simdjson::INCORRECT_TYPE ? wrong_type(path, "an object") : good(code);
    }
    if (!located(walk_object(object, depth, page), path)) return false;
    const auto text = text_since(start);
    out = is_empty_object(text) ? std::string_view{} : text;
    return true;
  }

  static bool is_empty_object(std::string_view json) { return trim(json.substr(1, json.size() - 2)).empty(); }

  bool walk_object(ondemand::object& object, int depth, Page page) {
    for (auto field_result : object) {
      if (!good(field_result.error())) return false;
      ondemand::field&& field = std::move(field_result).value_unsafe();
      std::string_view key;
      if (!read_key(field, key)) return false;
      ondemand::value& value = field.value();
      if (page != Page::nowhere && may_name_page(key) ? !walk_page(key, value, depth, page) : !walk(value, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  static bool may_name_page(std::string_view key) { return key == "page" || key == "path" || key == "url"; }

  /// What a page is taken from, best first: context.page, context.page.path, context.page.url, properties.page, .path, .url.
  static int page_rank(std::string_view key, Page page) {
    const int by_key = key == "page" ? 3 : key == "path" ? 2 : 1;
    return page == Page::in_context ? (key == "page" ? 6 : 0) : by_key;
  }

  bool walk_page(std::string_view key, ondemand::value& value, int depth, Page page) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    if (type == json_type::string) return take_page(value, page_rank(key, page));
    if (type != json_type::object || page != Page::in_context || key != "page") return walk(value, depth + 1);
    ondemand::object object;
    if (!good(value.get_object().get(object))) return false;
    for (auto field_result : object) {
      if (!good(field_result.error())) return false;
      ondemand::field&& field = std::move(field_result).value_unsafe();
      std::string_view inner;
      if (!read_key(field, inner)) return false;
      ondemand::value& child = field.value();
      json_type child_type{};
      if (!good(child.type().get(child_type))) return false;
      const bool names_page = child_type == json_type::string && (inner == "path" || inner == "url");
      if (names_page ? !take_page(child, inner == "path" ? 5 : 4) : !walk(child, depth + 2)) return false;
    }
    return true;
  }

  bool take_page(ondemand::value& value, int rank) {
    std::string_view text;
    if (!text_of(value, text)) return false;
    if (rank > page_rank_ && !text.empty()) {
      page_rank_ = rank;
      event_.page = cut(text, kMaxPageBytes);
    }
    return true;
  }

  /// Reads a whole value to know that it is valid JSON. `depth` is what it has if it is an object or array.
  bool walk(ondemand::value&& value, int depth) { return walk(value, depth); }
  bool walk(ondemand::value& value, int depth) {
    json_type type{};
    if (!good(value.type().get(type))) return false;
    switch (type) {
      case json_type::object: {
        if (depth > kMaxDepth) return too_deep();
        ondemand::object object;
        return good(value.get_object().get(object)) && walk_object(object, depth, Page::nowhere);
      }
      case json_type::array: {
        if (depth > kMaxDepth) return too_deep();
        ondemand::array array;
        if (!good(value.get_array().get(array))) return false;
        for (auto element_result : array) {
          if (!good(element_result.error()) || !walk(std::move(element_result).value_unsafe(), depth + 1)) return false;
        }
        return true;
      }
      case json_type::string: {
        std::string_view text;
        return text_of(value, text);
      }
      case json_type::number: {
        ondemand::number number;
        return good(value.get_number().get(number));
      }
      case json_type::boolean: {
        bool boolean;
        return !value.get_bool().get(boolean) || breaks(simdjson::T_ATOM_ERROR);
      }
      case json_type::null: {
        bool is_null;
        return read_null(value, is_null);
      }
    }
    return true;
  }

  bool too_deep() {
    return refuse("too_deep", "the event is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }

  // --- fields that the API does not name are kept under properties -----------------------------------------------------

  bool keep_extra(const char* raw_key, ondemand::value& value) {
    const auto token = trim_end(value.raw_json_token());
    json_type type{};
    if (!good(value.type().get(type))) return false;
    if (!walk(value, 2)) return false;
    const bool is_container = type == json_type::object || type == json_type::array;
    const std::size_t key_size = static_cast<std::size_t>(closing_quote(raw_key) - raw_key);
    append_extra({raw_key, key_size}, is_container ? text_since(token.data()) : token);
    return true;
  }

  void append_extra(std::string_view key, std::string_view raw) { extras_.push_back({key, raw}); }

  static const char* closing_quote(const char* text) {
    while (*text != '"') text += *text == '\\' ? 2 : 1;
    return text;
  }

  // --- the whole event -----------------------------------------------------------------------------------------------

  bool finish() {
    if (event_.event_type.empty()) {
      return refuse("missing_field", "event_type is missing: say what happened, such as \"page_view\"", "/event_type");
    }
    if (event_.user_id.empty() && event_.anonymous_id.empty()) {
      return refuse("missing_field", "user_id or anonymous_id is missing: say who did it", "/user_id");
    }
    if (auto wrong = check_age(event_, context_->project)) {
      refusal_ = std::move(*wrong);
      const auto& seen = seen_[static_cast<std::size_t>(Key::timestamp)];
      refusal_.pointer = pointer_to(is_given(Key::timestamp) ? seen.name : "timestamp");
      return false;
    }
    if (event_.product_sku.empty()) event_.product_sku = product_id_;
    if (event_.amount_minor && event_.currency.empty()) event_.currency = context_->project.currency;
    if (!extras_.empty()) merge_extras();
    if (event_.event_id.empty()) make_id();
    return true;
  }

  /// What stands in `properties` already stays; of equal names beside it the first one counts.
  void merge_extras() {
    names_.clear();
    properties_.assign("{");
    if (!event_.properties.empty()) {
      collect_names(event_.properties);
      properties_ += trim_end(event_.properties.substr(1, event_.properties.size() - 2));
    }
    for (const auto& [key, raw] : extras_) {
      if (std::find(names_.begin(), names_.end(), key) != names_.end()) continue;
      names_.push_back(key);
      properties_ += properties_.size() > 1 ? ",\"" : "\"";
      properties_ += key;
      properties_ += "\":";
      properties_ += raw;
    }
    properties_ += '}';
    event_.properties = properties_;
  }

  /// The names in an object that was walked before, as they are written.
  void collect_names(std::string_view json) {
    ondemand::document document;
    ondemand::object object;
    if (names_parser_.iterate(json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING).get(document)) return;
    if (document.get_object().get(object)) return;
    for (auto field : object) {
      ondemand::raw_json_string key;
      if (field.key().get(key)) return;
      names_.emplace_back(key.raw(), static_cast<std::size_t>(closing_quote(key.raw()) - key.raw()));
    }
  }

  void make_id() {
    made_id_.clear();
    append_uuid(made_id_, context_->id_seed.empty() ? uuids_.next(context_->received_at)
                                                    : as_uuid8(sha256_128(context_->id_seed)));
    event_.event_id = made_id_;
    id_was_made_ = true;
  }

  ondemand::document* document_ = nullptr;
  const char* end_ = nullptr;
  const EventDecoder::Context* context_ = nullptr;
  model::Event event_;
  Refusal refusal_;
  simdjson::error_code broken_ = simdjson::SUCCESS;
  std::uint32_t given_ = 0;  // a bit for each key that came; seen_ is valid for these only
  std::array<Seen, static_cast<std::size_t>(Key::unknown)> seen_;
  std::string_view product_id_;
  std::string currency_;
  struct Extra {
    std::string_view key;
    std::string_view raw;
  };
  std::vector<Extra> extras_;
  std::vector<std::string_view> names_;
  ondemand::parser names_parser_;
  std::string properties_;
  std::string made_id_;
  Uuid7Generator uuids_;
  int page_rank_ = 0;
  bool has_event_list_ = false;
  bool is_camel_case_ = false;
  bool has_escapes_ = true;  // the body has a backslash somewhere
  bool id_was_made_ = false;
};

}  // namespace

struct EventDecoder::Impl {
  ondemand::parser parser;
  EventReader reader;
  DecodedBody body;

  /// Takes one value of a body; false when the JSON is broken there.
  bool take(ondemand::value value, ondemand::document& document, const char* end, const Context& context,
            DecodeSink& sink) {
    ++body.count;
    const char* const start = value.raw_json_token().data();
    reader.begin(document, end, context);
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) {
      if (code != simdjson::INCORRECT_TYPE || !reader.skip(value)) return false;
      reader.refuse("invalid_type", "an event must be an object");
      sink.on_refused(reader.refusal(), leading_value({start, static_cast<std::size_t>(end - start)}));
      return true;
    }
    const bool fine = reader.read(object);
    if (reader.broken()) return false;
    report(fine, start, end, sink);
    return true;
  }

  void report(bool fine, const char* start, const char* end, DecodeSink& sink) {
    if (reader.has_event_list()) fine = reader.refuse("invalid_type", "a list of events cannot lie inside an event");
    if (fine && reader.text_since(start).size() > kMaxEventBytes) {
      fine = reader.refuse("too_large", "the event is larger than " + std::to_string(kMaxEventBytes / 1024) + " KiB");
    }
    if (fine) {
      sink.on_event(reader.event(), reader.id_was_made());
    } else {
      sink.on_refused(reader.refusal(), leading_value({start, static_cast<std::size_t>(end - start)}));
    }
  }

  Status decode_array(ondemand::array array, ondemand::document& document, const char* end, const Context& context,
                      DecodeSink& sink) {
    for (auto element : array) {
      ondemand::value value;
      if (const auto code = std::move(element).get(value)) return no_json(code);
      if (body.count == kMaxEventsPerRequest) return too_many();
      if (!take(value, document, end, context, sink)) return no_json(reader.broken());
    }
    return {};
  }

  static bool has_more(ondemand::document& document) {
    return document.current_location().error() != simdjson::OUT_OF_BOUNDS;
  }
  static Error too_many() {
    return limited("more than " + std::to_string(kMaxEventsPerRequest) + " events in one request; split it");
  }
  static Error no_json(simdjson::error_code code) {
    return invalid("the body is no valid JSON: " + std::string(simdjson::error_message(code)));
  }

  Status decode_json(std::string_view text, const Context& context, DecodeSink& sink) {
    ondemand::document document;
    if (const auto code = parser.iterate(text.data(), text.size(), text.size() + 64).get(document)) return no_json(code);
    json_type type{};
    if (const auto code = document.type().get(type)) return no_json(code);
    if (type == json_type::array) {
      ondemand::array array;
      if (const auto code = document.get_array().get(array)) return no_json(code);
      CHECK_OK(decode_array(array, document, text.data() + text.size(), context, sink));
      if (has_more(document)) return no_json(simdjson::TRAILING_CONTENT);
    } else if (type == json_type::object) {
      CHECK_OK(decode_root_object(text, document, context, sink));
    } else {
      return invalid("the body must be an event, a list of events, or {\"events\": [...]}");
    }
    return {};
  }

  Status decode_root_object(std::string_view text, ondemand::document& document, const Context& context,
                            DecodeSink& sink) {
    const char* const end = text.data() + text.size();
    reader.begin(document, end, context);
    ondemand::object object;
    if (const auto code = document.get_object().get(object)) return no_json(code);
    const bool fine = reader.read(object);
    if (reader.broken()) return no_json(reader.broken());
    if (reader.has_event_list()) {
      document.rewind();
      if (const auto code = document.get_object().get(object)) return no_json(code);
      return decode_event_list(object, document, end, context, sink);
    }
    if (fine && has_more(document)) return no_json(simdjson::TRAILING_CONTENT);
    body.is_single = true;
    body.count = 1;
    report(fine, text.data(), end, sink);
    return {};
  }

  /// `{"events": […]}`: what stands beside the list needs only be JSON.
  Status decode_event_list(ondemand::object object, ondemand::document& document, const char* end,
                           const Context& context, DecodeSink& sink) {
    bool found = false;
    for (auto field_result : object) {
      if (const auto code = field_result.error()) return no_json(code);
      ondemand::field&& field = std::move(field_result).value_unsafe();
      if (!found && field.key() == "events") {
        found = true;
        ondemand::array events;
        if (const auto code = field.value().get_array().get(events)) return no_json(code);
        CHECK_OK(decode_array(events, document, end, context, sink));
      } else if (!reader.skip(field.value())) {
        return no_json(reader.broken());
      }
    }
    if (!found || has_more(document)) return no_json(simdjson::TRAILING_CONTENT);
    return {};
  }

  Status decode_lines(std::string_view text, const Context& context, DecodeSink& sink) {
    while (!text.empty()) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      const std::string_view line = trim(text.substr(0, length));
      text.remove_prefix(std::min(text.size(), length + 1));
      if (line.empty()) continue;
      if (body.count == kMaxEventsPerRequest) return too_many();
      decode_line(line, context, sink);
    }
    return {};
  }

  static bool is_json(std::string_view text) {
    simdjson::dom::parser whole;
    return whole.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
  }

  void decode_line(std::string_view line, const Context& context, DecodeSink& sink) {
    ++body.count;
    const char* const end = line.data() + line.size();
    ondemand::document document;
    ondemand::object object;
    auto code = parser.iterate(line.data(), line.size(), line.size() + 64).get(document);
    json_type type{};
    if (!code) code = document.type().get(type);
    if (!code) code = document.get_object().get(object);
    reader.begin(document, end, context);
    const bool fine = !code && reader.read(object);
    if (!code && reader.broken()) code = reader.broken();
    if (!code && fine && has_more(document)) code = simdjson::TRAILING_CONTENT;
    // On-demand tells a type by its first letter: `no` looks like null.
    if (code == simdjson::INCORRECT_TYPE && !is_json(line)) code = simdjson::TAPE_ERROR;
    if (code == simdjson::INCORRECT_TYPE) {
      reader.refuse("invalid_type", "a line must hold one event, as an object");
      sink.on_refused(reader.refusal(), line);
    } else if (code) {
      reader.refuse("invalid_json", "the line is no valid JSON: " + std::string(simdjson::error_message(code)));
      sink.on_refused(reader.refusal(), line);
    } else {
      report(fine, line.data(), end, sink);
    }
  }
};

EventDecoder::EventDecoder() : impl_(std::make_unique<Impl>()) {}
EventDecoder::~EventDecoder() = default;

Result<DecodedBody> EventDecoder::decode(std::string_view body, Framing framing, const Context& context,
                                         DecodeSink& sink) {
  impl_->body = {};
  body = trim(body);
  impl_->reader.begin_body(body);
  if (body.empty()) return invalid("the body is empty; send an event as JSON");
  CHECK_OK(framing == Framing::ndjson ? impl_->decode_lines(body, context, sink)
                                      : impl_->decode_json(body, context, sink));
  impl_->body.is_camel_case = impl_->reader.is_camel_case();
  return impl_->body;
}

}  // namespace spectrum::ingest
