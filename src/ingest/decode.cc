// One walk over the tokens of a body. All of it is read, also what is kept as raw JSON: that it is valid must be known.
#include "ingest/decode.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "ingest/validate.h"

namespace spectrum::ingest {
namespace {

namespace numberparsing = simdjson::SIMDJSON_BUILTIN_IMPLEMENTATION::numberparsing;

constexpr int kMaxDepth = 32;
constexpr std::size_t kLinesAtOnce = 64 << 10;

enum class Key : std::uint8_t {
  event_type, timestamp, event_id, user_id, anonymous_id, session_id, value, amount_minor, currency, product, product_id,
  experiment_id, variant, source, entity_id, status, properties, context, user
};
constexpr std::size_t kKeys = static_cast<std::size_t>(Key::user) + 1;

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
      words_[i] = words_of(kNames[i].text);
      if (places_[place_of(words_[i])] != kNames.size()) throw "two names share a place: choose another factor";
      places_[place_of(words_[i])] = i;
    }
  }
  /// Null when it is none. Eight bytes behind `text` are readable.
  const Name* find(std::string_view text) const {
    const Words words = words_of(text);
    const std::size_t index = places_[place_of(words)];
    const bool is_name = index < kNames.size() && words_[index] == words && kNames[index].text.size() == text.size();
    return is_name ? &kNames[index] : nullptr;
  }

 private:
  /// The first and the last eight bytes of a text; zeros for those that it does not have. They are all of a name.
  struct Words {
    std::uint64_t first = 0, last = 0;
    bool operator==(const Words&) const = default;
  };
  static constexpr Words words_of(std::string_view text) {
    if (text.size() >= 8) return {word_at(text.data()), word_at(text.data() + text.size() - 8)};
    if (!std::is_constant_evaluated()) return {word_at(text.data()) & ((std::uint64_t{1} << 8 * text.size()) - 1), 0};
    Words words;
    for (std::size_t i = 0; i < text.size(); ++i) words.first |= std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
    return words;
  }
  static constexpr std::uint64_t word_at(const char* bytes) {
    std::array<char, 8> word{};
    std::copy_n(bytes, word.size(), word.begin());
    return std::bit_cast<std::uint64_t>(word);
  }
  static constexpr std::size_t place_of(const Words& words) {
    return (words.first + words.last) * 0x1E2FEB89414C343Dull >> 56;
  }
  std::array<Words, kNames.size()> words_{};
  std::array<std::uint8_t, 256> places_{};
};
constexpr NameTable kNameTable;

const std::uint8_t* as_bytes(const char* text) { return reinterpret_cast<const std::uint8_t*>(text); }

/// White space as JSON has it: no other control character is.
constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// A token of a JSON text: where in the text it begins.
using Place = const std::uint32_t*;

/// A JSON text cut into tokens by simdjson's first stage: each bracket, comma and colon, and each start of a text, number
/// or literal. The stage vouches for UTF-8 and for texts that end and hold no control character; whether the tokens stand
/// in a sensible order is for the reader to see. One text at a time.
class JsonTokens {
 public:
  /// `text` must be followed by 64 readable bytes.
  simdjson::error_code split(std::string_view text) {
    text_ = text;
    if (!stage_ || stage_->capacity() < text.size()) {
      const std::size_t capacity = std::max(text.size(), kLeastCapacity);
      const auto& simd = *simdjson::get_active_implementation();
      if (const auto code = simd.create_dom_parser_implementation(capacity, kMaxDepth, stage_)) return code;
    }
    return stage_->stage1(as_bytes(text.data()), text.size(), simdjson::stage1_mode::regular);
  }

  Place first() const { return stage_->structural_indexes.get(); }
  /// Behind the last token. It and the place behind it can be read too: as tokens that begin where the text ends.
  Place end() const { return first() + stage_->n_structural_indexes; }
  bool is_inside(Place at) const { return *at < text_.size(); }

  const char* begin_of(Place at) const { return text_.data() + *at; }
  /// A token's first byte, which tells what it is.
  char kind(Place at) const { return *begin_of(at); }
  /// A text with its quotes, a number or a literal: all up to the next token but the white space before that.
  std::string_view scalar(Place at) const {
    const char* end = begin_of(at + 1);
    while (is_space(end[-1])) --end;
    return {begin_of(at), static_cast<std::size_t>(end - begin_of(at))};
  }

  /// The place behind a value, of whose brackets only the number counts.
  Place skip(Place at) const {
    for (std::size_t depth = 0; at < end(); ++at) {
      const char c = kind(at);
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && depth > 0) --depth;
      if (depth == 0) return at + 1;
    }
    return end();
  }

  /// Resolves the escapes of the text at `from`, behind its quote, into `to`; returns the end of what it wrote, nothing
  /// when an escape is wrong. Up to kUnescapePadding bytes behind that are overwritten.
  char* unescape(const char* from, char* to) const {
    return reinterpret_cast<char*>(stage_->parse_string(as_bytes(from), reinterpret_cast<std::uint8_t*>(to)));
  }
  static constexpr std::size_t kUnescapePadding = 128;

 private:
  static constexpr std::size_t kLeastCapacity = 64 << 10;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
  std::string_view text_;
};

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

/// Whether a byte can begin a JSON value.
constexpr bool begins_value(char c) {
  return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

constexpr bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

/// What reading returns where it stops: no place, no text, and not fine.
struct Stop {
  operator Place() const { return nullptr; }
  operator bool() const { return false; }
  operator std::string_view() const { return {}; }
};

/// Reads one event out of one JSON object. Where a place is returned it is the one behind what was read, and null says
/// that reading stopped: `broken()` tells whether the JSON itself is no JSON; else see `refusal()`.
class EventReader {
 public:
  explicit EventReader(const JsonTokens& tokens) : tokens_(tokens) {}

  void begin_body() { is_camel_case_ = false; }

  /// Says what the events that come are read from.
  void begin_text(std::string_view text) {
    has_escapes_ = text.find('\\') != std::string_view::npos;
    const std::size_t room = text.size() + JsonTokens::kUnescapePadding;
    if (!has_escapes_ || unescaped_bytes_ >= room) return;
    unescaped_bytes_ = room;
    unescaped_ = std::make_unique_for_overwrite<char[]>(room);
  }

  void begin(const EventDecoder::Context& context) {
    context_ = &context;
    event_ = {};
    event_.project_id = context.project.number;
    event_.received_at = context.received_at;
    event_.occurred_at = context.received_at;
    given_ = 0;
    extras_.clear();
    product_id_ = {};
    properties_at_ = nullptr;
    page_rank_ = 0;
    unescaped_end_ = unescaped_.get();
    broken_ = simdjson::SUCCESS;
    has_event_list_ = false;
    is_named_ = false;
    id_was_made_ = false;
  }

  /// Reads the event whose brace is at `open`. When it stops, see `has_event_list()` too.
  Place read(Place open) {
    const Place end = for_each_raw_field(open, [this](std::string_view raw_key, Place value) -> Place {
      const std::string_view key = unescaped(raw_key);
      return key.data() ? read_field(key, raw_key, value) : nullptr;
    });
    return end && finish() ? end : nullptr;
  }

  Stop refuse(std::string_view code, std::string message, std::string pointer = {}) {
    refusal_ = {code, std::move(message), std::move(pointer)};
    return {};
  }

  Stop breaks(simdjson::error_code code) {
    broken_ = code;
    return {};
  }

  const model::Event& event() const { return event_; }
  const Refusal& refusal() const { return refusal_; }
  simdjson::error_code broken() const { return broken_; }
  bool has_event_list() const { return has_event_list_; }
  bool is_camel_case() const { return is_camel_case_; }
  bool id_was_made() const { return id_was_made_; }

  /// A name or text as it is meant; nothing when it holds a broken escape. Most hold none and are viewed where they lie.
  std::string_view unescaped(std::string_view raw) { return may_escape(raw) ? unescape(raw) : raw; }

  /// Calls `use(raw_key, value)` for the fields of the object at `open`: the name as it is written, and the place of the
  /// value. It returns the place behind the value, or null to stop.
  template <typename Use>
  Place for_each_raw_field(Place open, Use&& use) {
    Place at = open + 1;
    if (tokens_.kind(at) == '}') return behind_bracket(at);
    for (;; ++at) {
      if (tokens_.kind(at) != '"' || tokens_.kind(at + 1) != ':') return breaks(simdjson::TAPE_ERROR);
      at = use(inside(tokens_.scalar(at)), at + 2);
      if (!at) return nullptr;
      if (tokens_.kind(at) != ',') break;
    }
    return tokens_.kind(at) == '}' ? behind_bracket(at) : breaks(simdjson::TAPE_ERROR);
  }

  /// The same for the elements of the array at `open`.
  template <typename Use>
  Place for_each_element(Place open, Use&& use) {
    Place at = open + 1;
    if (tokens_.kind(at) == ']') return behind_bracket(at);
    for (;; ++at) {
      at = use(at);
      if (!at) return nullptr;
      if (tokens_.kind(at) != ',') break;
    }
    return tokens_.kind(at) == ']' ? behind_bracket(at) : breaks(simdjson::TAPE_ERROR);
  }

  /// Moves behind a value of no interest, which must be JSON.
  Place skip(Place at) {
    const Place end = walk(at, 2);
    return end || broken_ ? end : tokens_.skip(at);
  }

 private:
  struct Seen {
    const Name* name;
    Place value;
  };

  /// As for_each_raw_field, with the name as it is meant.
  template <typename Use>
  Place for_each_field(Place open, Use&& use) {
    return for_each_raw_field(open, [this, &use](std::string_view raw_key, Place value) -> Place {
      const std::string_view key = unescaped(raw_key);
      return key.data() ? use(key, value) : nullptr;
    });
  }

  bool is_given(Key key) const { return given_ >> static_cast<unsigned>(key) & 1u; }

  /// A reader that passes its text's end does so with a bracket: all before the last token is the text's own, and the last
  /// one closes its root.
  Place behind_bracket(Place at) {
    return tokens_.is_inside(at) ? at + 1 : breaks(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
  }

  Place read_field(std::string_view key, std::string_view raw_key, Place value) {
    const Name* const name = kNameTable.find(key);
    if (!name) {
      if (key == "events" && tokens_.kind(value) == '[' && !is_given(Key::event_type) && !is_named_behind(value)) {
        has_event_list_ = true;
        return nullptr;
      }
      return keep_extra(raw_key, value);
    }
    is_camel_case_ |= name->is_camel;
    bool is_absent = false;
    if (!read_absence(value, is_absent)) return nullptr;
    if (is_absent) return value + 1;
    Seen& seen = seen_[static_cast<std::size_t>(name->key)];
    if (is_given(name->key)) {
      if (seen.name == name) return refuse("invalid_value", std::string(key) + " is given twice", pointer_to(key));
      if (name->rank >= seen.name->rank) return keep_extra(raw_key, value);
      if (!keep_extra(seen.name->text, seen.value)) return nullptr;
    }
    given_ |= 1u << static_cast<unsigned>(name->key);
    seen = {name, value};
    return name->rank == 0 ? read_known(*name, value) : walk(value, 2);
  }

  /// Whether the event's name stands behind a list called `events`, which is a property then. Looked at once an event.
  bool is_named_behind(Place list) {
    if (is_named_) return true;
    char* const unescaped_end = unescaped_end_;
    for (Place at = tokens_.skip(list); !is_named_ && is_field_behind(at); at = tokens_.skip(at + 3)) {
      const std::string_view key = unescaped(inside(tokens_.scalar(at + 1)));
      const Name* const name = key.data() ? kNameTable.find(key) : nullptr;
      is_named_ = name && name->key == Key::event_type;
    }
    unescaped_end_ = unescaped_end;
    return is_named_;
  }

  bool is_field_behind(Place at) const {
    return tokens_.is_inside(at) && tokens_.kind(at) == ',' && tokens_.is_inside(at + 1) && tokens_.kind(at + 1) == '"' &&
           tokens_.is_inside(at + 2) && tokens_.kind(at + 2) == ':';
  }

  Place read_known(const Name& name, Place at) {
    switch (name.key) {
      case Key::product: return read_product(name.text, at);
      case Key::user: return read_user(name.text, at);
      case Key::properties:
        properties_at_ = at;
        return read_json_object(name.text, at, event_.properties, 2, Page::in_properties);
      case Key::context: return read_json_object(name.text, at, event_.context, 2, Page::in_context);
      default: return read_scalar(name, at) ? at + 1 : nullptr;
    }
  }

  bool read_scalar(const Name& name, Place at) {
    switch (name.key) {
      case Key::event_type: return read_text(name.text, at, kMaxEventTypeBytes, event_.event_type);
      case Key::event_id: return read_text(name.text, at, kMaxEventIdBytes, event_.event_id);
      case Key::user_id: return read_text(name.text, at, kMaxTextBytes, event_.user_id);
      case Key::anonymous_id: return read_text(name.text, at, kMaxTextBytes, event_.anonymous_id);
      case Key::session_id: return read_text(name.text, at, kMaxTextBytes, event_.session_id);
      case Key::experiment_id: return read_text(name.text, at, kMaxTextBytes, event_.experiment_id);
      case Key::variant: return read_text(name.text, at, kMaxTextBytes, event_.variant);
      case Key::source: return read_text(name.text, at, kMaxTextBytes, event_.source);
      case Key::entity_id: return read_text(name.text, at, kMaxTextBytes, event_.entity_id);
      case Key::product_id: return read_text(name.text, at, kMaxTextBytes, product_id_);
      case Key::status: return read_text(name.text, at, kMaxTextBytes, event_.status) && check_status(name.text);
      case Key::currency: return read_text(name.text, at, kMaxTextBytes, event_.currency) && check_currency(name.text);
      case Key::timestamp: return read_timestamp(name.text, at);
      case Key::value: return read_number(name.text, at, event_.value);
      case Key::amount_minor: return read_integer(name.text, at, event_.amount_minor);
      default: return true;
    }
  }

  // --- texts, numbers and literals -------------------------------------------------------------------------------------

  /// Null and empty text are as good as absent.
  bool read_absence(Place at, bool& is_absent) {
    const char* const token = tokens_.begin_of(at);
    is_absent = token[0] == '"' ? token[1] == '"' : token[0] == 'n';
    return token[0] != 'n' || read_literal(at, "null", simdjson::N_ATOM_ERROR);
  }

  bool read_literal(Place at, std::string_view literal, simdjson::error_code otherwise) {
    return tokens_.scalar(at) == literal || breaks(otherwise);
  }

  bool wrong_type(std::string_view path, Place at, std::string_view wanted) {
    if (!begins_value(tokens_.kind(at))) return breaks(simdjson::TAPE_ERROR);
    return refuse("invalid_type", std::string(path) + " must be " + std::string(wanted), pointer_to(path));
  }

  /// `product/price_usd` → `/product/price_usd`.
  static std::string pointer_to(std::string_view path) { return "/" + std::string(path); }

  bool may_escape(std::string_view text) const {
    return has_escapes_ && text.find('\\') != std::string_view::npos;
  }

  static std::string_view inside(std::string_view quoted) { return quoted.substr(1, quoted.size() - 2); }

  std::string_view text_of(Place at) { return unescaped(inside(tokens_.scalar(at))); }

  /// U+0000 can only come as an escape.
  [[gnu::noinline]] std::string_view unescape(std::string_view raw) {
    char* const begin = unescaped_end_;
    char* const end = tokens_.unescape(raw.data(), begin);
    if (!end) return refuse("invalid_value", "a text holds a broken escape or half of a surrogate pair");
    unescaped_end_ = end;
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    if (text.find('\0') == std::string_view::npos) return text;
    return refuse("invalid_value", "a text or a name holds the character U+0000");
  }

  bool read_text(std::string_view path, Place at, std::size_t limit, std::string_view& out) {
    if (tokens_.kind(at) != '"') return wrong_type(path, at, "text; put it in quotes");
    const std::string_view text = text_of(at);
    if (!located(text.data() != nullptr, path)) return false;
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

  bool wrong_number() {
    return refuse("invalid_value", "a number is malformed or out of range; send very large ones as text");
  }

  bool double_at(Place at, double& number) {
    return !numberparsing::parse_double(as_bytes(tokens_.begin_of(at))).get(number) || wrong_number();
  }

  bool read_number(std::string_view path, Place at, std::optional<double>& out) {
    if (!begins_number(tokens_.kind(at))) return wrong_type(path, at, "a number");
    double number = 0;
    if (!located(double_at(at, number), path)) return false;
    if (!std::isfinite(number)) return refuse("invalid_value", std::string(path) + " is out of range", pointer_to(path));
    out = number;
    return true;
  }

  bool read_integer(std::string_view path, Place at, std::optional<std::int64_t>& out) {
    std::int64_t number = 0;
    if (!begins_number(tokens_.kind(at)) || numberparsing::parse_integer(as_bytes(tokens_.begin_of(at))).get(number)) {
      return wrong_type(path, at, "a whole number of 64 bits");
    }
    out = number;
    return true;
  }

  bool read_timestamp(std::string_view path, Place at) {
    std::optional<Timestamp> instant;
    if (begins_number(tokens_.kind(at))) {
      double number = 0;
      if (!located(double_at(at, number), path)) return false;
      instant = instant_of_epoch(number);
    } else if (tokens_.kind(at) == '"') {
      std::string_view text;
      if (!read_text(path, at, kMaxTextBytes, text)) return false;
      instant = parse_rfc3339(text);
    } else {
      return wrong_type(path, at, "an RFC 3339 text or an epoch number");
    }
    if (!instant) {
      return refuse("invalid_timestamp",
                    std::string(path) + " is no RFC 3339 instant with an offset (2026-11-21T09:30:00Z) and no epoch number",
                    pointer_to(path));
    }
    // Dates have four digits, from 0001 on.
    constexpr Timestamp kEarliest = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
    if (*instant < kEarliest) {
      return refuse("invalid_timestamp", std::string(path) + " lies before the year 1", pointer_to(path));
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

  // --- objects ---------------------------------------------------------------------------------------------------------

  /// Calls `read(key, value)` for the fields of an object that are there: it returns the place behind the value.
  template <typename Read>
  Place read_object(std::string_view path, Place at, Read&& read) {
    if (tokens_.kind(at) != '{') return not_an_object(path);
    return for_each_field(at, [&](std::string_view key, Place value) -> Place {
      bool is_absent = false;
      if (!read_absence(value, is_absent)) return nullptr;
      return is_absent ? value + 1 : read(key, value);
    });
  }

  Stop not_an_object(std::string_view path) {
    return refuse("invalid_type", std::string(path) + " must be an object", pointer_to(path));
  }

  Place read_product(std::string_view path, Place product) {
    return read_object(path, product, [this](std::string_view key, Place at) -> Place {
      const auto read_name = [&](std::string_view name, std::string_view& out) -> Place {
        return read_text(name, at, kMaxTextBytes, out) ? at + 1 : nullptr;
      };
      if (key == "sku") return read_name("product/sku", event_.product_sku);
      if (key == "name") return read_name("product/name", event_.product_name);
      if (key == "category") return read_name("product/category", event_.product_category);
      if (key == "price_usd" || key == "priceUsd") {
        return read_number("product/price_usd", at, event_.product_price_usd) ? at + 1 : nullptr;
      }
      return walk(at, 3);
    });
  }

  Place read_user(std::string_view path, Place user) {
    return read_object(path, user, [this](std::string_view key, Place at) -> Place {
      if (key == "segment") return read_text("user/segment", at, kMaxTextBytes, event_.user_segment) ? at + 1 : nullptr;
      if (key == "traits") return read_json_object("user/traits", at, event_.user_traits, 3, Page::nowhere);
      return walk(at, 3);
    });
  }

  // --- raw JSON ------------------------------------------------------------------------------------------------------

  enum class Page { nowhere, in_context, in_properties };

  Place read_json_object(std::string_view path, Place at, std::string_view& out, int depth, Page page) {
    if (tokens_.kind(at) != '{') return not_an_object(path);
    const Place end = walk_object(at, depth, page);
    if (!located(end != nullptr, path)) return nullptr;
    out = end == at + 2 ? std::string_view{} : raw_json(at, end);
    return end;
  }

  /// The text of a value and of nothing behind it.
  std::string_view raw_json(Place at, Place end) const {
    if (end == at + 1) return tokens_.scalar(at);
    return {tokens_.begin_of(at), static_cast<std::size_t>(tokens_.begin_of(end - 1) + 1 - tokens_.begin_of(at))};
  }

  Place walk_object(Place at, int depth, Page page) {
    return for_each_field(at, [this, depth, page](std::string_view key, Place value) {
      if (page != Page::nowhere && may_name_page(key)) return walk_page(key, value, depth, page);
      return walk(value, depth + 1);
    });
  }

  static bool may_name_page(std::string_view key) { return key == "page" || key == "path" || key == "url"; }

  /// What a page is taken from, best first: context.page, context.page.path, context.page.url, properties.page, .path, .url.
  static int page_rank(std::string_view key, Page page) {
    const int by_key = key == "page" ? 3 : key == "path" ? 2 : 1;
    return page == Page::in_context ? (key == "page" ? 6 : 0) : by_key;
  }

  Place walk_page(std::string_view name, Place at, int depth, Page page) {
    const char kind = tokens_.kind(at);
    if (kind == '"') return take_page(at, page_rank(name, page));
    if (kind != '{' || page != Page::in_context || name != "page") return walk(at, depth + 1);
    return for_each_field(at, [this, depth](std::string_view key, Place value) {
      const bool names_page = tokens_.kind(value) == '"' && (key == "path" || key == "url");
      return names_page ? take_page(value, key == "path" ? 5 : 4) : walk(value, depth + 2);
    });
  }

  Place take_page(Place at, int rank) {
    const std::string_view text = text_of(at);
    if (!text.data()) return nullptr;
    if (rank > page_rank_ && !text.empty()) {
      page_rank_ = rank;
      event_.page = cut(text, kMaxPageBytes);
    }
    return at + 1;
  }

  /// Reads a whole value to know that it is valid JSON. `depth` is what it has if it is an object or array.
  Place walk(Place at, int depth) {
    switch (tokens_.kind(at)) {
      case '"': return !has_escapes_ || text_of(at).data() ? at + 1 : nullptr;
      case '{': return depth > kMaxDepth ? too_deep() : walk_object(at, depth, Page::nowhere);
      case '[':
        if (depth > kMaxDepth) return too_deep();
        return for_each_element(at, [this, depth](Place element) { return walk(element, depth + 1); });
      case 't': return read_literal(at, "true", simdjson::T_ATOM_ERROR) ? at + 1 : nullptr;
      case 'f': return read_literal(at, "false", simdjson::F_ATOM_ERROR) ? at + 1 : nullptr;
      case 'n': return read_literal(at, "null", simdjson::N_ATOM_ERROR) ? at + 1 : nullptr;
      default: return walk_number(at);
    }
  }

  Place walk_number(Place at) {
    if (!begins_number(tokens_.kind(at))) return breaks(simdjson::TAPE_ERROR);
    simdjson::ondemand::number number;
    const bool fine = !numberparsing::parse_number(as_bytes(tokens_.begin_of(at)), number);
    return fine || wrong_number() ? at + 1 : nullptr;
  }

  Stop too_deep() {
    return refuse("too_deep", "the event is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }

  // --- fields that the API does not name are kept under properties -----------------------------------------------------

  Place keep_extra(std::string_view raw_key, Place value) {
    const Place end = walk(value, 2);
    if (end) append_extra(raw_key, raw_json(value, end));
    return end;
  }

  void append_extra(std::string_view key, std::string_view raw) { extras_.push_back({key, raw}); }

  /// An alias is read only now that no better name of its field came.
  bool read_alias(Key key) {
    const Seen& seen = seen_[static_cast<std::size_t>(key)];
    return !is_given(key) || seen.name->rank == 0 || read_scalar(*seen.name, seen.value);
  }

  // --- the whole event -----------------------------------------------------------------------------------------------

  bool finish() {
    if (!read_alias(Key::event_type) || !read_alias(Key::timestamp)) return false;
    if (event_.event_type.empty()) {
      return refuse("missing_field", "event_type is missing: say what happened, such as \"page_view\"", "/event_type");
    }
    if (event_.user_id.empty() && event_.anonymous_id.empty()) {
      return refuse("missing_field", "user_id or anonymous_id is missing: say who did it", "/user_id");
    }
    if (auto wrong = check_age(event_, context_->project, context_->now)) {
      refusal_ = std::move(*wrong);
      const auto& seen = seen_[static_cast<std::size_t>(Key::timestamp)];
      refusal_.pointer = pointer_to(is_given(Key::timestamp) ? seen.name->text : "timestamp");
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
      collect_names(properties_at_);
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
  void collect_names(Place object) {
    for_each_raw_field(object, [this](std::string_view raw_key, Place value) {
      names_.push_back(raw_key);
      return tokens_.skip(value);
    });
  }

  void make_id() {
    made_id_.clear();
    append_uuid(made_id_, context_->id_seed.empty() ? uuids_.next(context_->received_at)
                                                    : as_uuid8(sha256_128(context_->id_seed)));
    event_.event_id = made_id_;
    id_was_made_ = true;
  }

  const JsonTokens& tokens_;
  const EventDecoder::Context* context_ = nullptr;
  model::Event event_;
  Refusal refusal_;
  simdjson::error_code broken_ = simdjson::SUCCESS;
  std::uint32_t given_ = 0;  // a bit for each key that came; seen_ is valid for these only
  std::array<Seen, kKeys> seen_;
  std::string_view product_id_;
  std::string currency_;
  struct Extra {
    std::string_view key;
    std::string_view raw;
  };
  std::vector<Extra> extras_;
  Place properties_at_ = nullptr;
  std::vector<std::string_view> names_;
  std::string properties_;
  std::string made_id_;
  Uuid7Generator uuids_;
  int page_rank_ = 0;
  bool has_event_list_ = false;
  bool is_named_ = false;  // behind a list called `events`
  bool is_camel_case_ = false;
  bool has_escapes_ = true;  // the text has a backslash somewhere
  std::unique_ptr<char[]> unescaped_;  // the texts of the event that had escapes
  std::size_t unescaped_bytes_ = 0;
  char* unescaped_end_ = nullptr;
  bool id_was_made_ = false;
};

}  // namespace

struct EventDecoder::Impl {
  JsonTokens tokens;
  EventReader reader{tokens};
  DecodedBody body;
  std::string_view text;  // whose tokens are read
  bool is_too_long = false;
  bool has_two_lists = false;

  /// Takes one element of a list; null when the JSON is broken there.
  Place take(Place at, const Context& context, DecodeSink& sink) {
    ++body.count;
    reader.begin(context);
    const bool is_object = tokens.kind(at) == '{';
    const Place end = is_object ? reader.read(at) : reader.skip(at);
    if (reader.broken()) return nullptr;
    if (!is_object) reader.refuse("invalid_type", "an event must be an object");
    report(at, is_object ? end : nullptr, sink);
    return end ? end : tokens.skip(at);
  }

  /// Hands out the event between two places, or why there is none.
  void report(Place begin, Place end, DecodeSink& sink) {
    if (reader.has_event_list()) end = reader.refuse("invalid_type", "a list of events cannot lie inside an event");
    if (end && *(end - 1) + 1 - *begin > kMaxEventBytes) {
      end = reader.refuse("too_large", "the event is larger than " + std::to_string(kMaxEventBytes / 1024) + " KiB");
    }
    if (end) {
      sink.on_event(reader.event(), reader.id_was_made());
    } else {
      sink.on_refused(reader.refusal(), leading_value(text.substr(*begin)));
    }
  }

  Place decode_list(Place open, const Context& context, DecodeSink& sink) {
    return reader.for_each_element(open, [&](Place at) -> Place {
      is_too_long = body.count == kMaxEventsPerRequest;
      return is_too_long ? nullptr : take(at, context, sink);
    });
  }

  static Error too_many() {
    return too_large("more than " + std::to_string(kMaxEventsPerRequest) + " events in one request; split it");
  }
  static Error no_json(simdjson::error_code code) {
    return invalid("the body is no valid JSON: " + std::string(simdjson::error_message(code)));
  }

  Status decode_json(std::string_view json, const Context& context, DecodeSink& sink) {
    text = json;
    reader.begin_text(text);
    if (const auto code = tokens.split(text)) return no_json(code);
    reader.begin(context);
    const char kind = tokens.kind(tokens.first());
    if (kind != '{' && kind != '[') {
      if (!begins_value(kind)) return no_json(simdjson::TAPE_ERROR);
      return invalid("the body must be an event, a list of events, or {\"events\": [...]}");
    }
    if (text.back() != (kind == '{' ? '}' : ']')) return no_json(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
    const Place end = kind == '{' ? decode_root_object(context, sink) : decode_list(tokens.first(), context, sink);
    if (is_too_long) return too_many();
    if (has_two_lists) return invalid("the body has more than one \"events\"; send one list");
    if (!end) return no_json(reader.broken());
    if (end != tokens.end()) return no_json(simdjson::TRAILING_CONTENT);
    return {};
  }

  Place decode_root_object(const Context& context, DecodeSink& sink) {
    const Place open = tokens.first();
    const Place end = reader.read(open);
    if (reader.broken()) return nullptr;
    if (reader.has_event_list()) return decode_event_list(open, context, sink);
    if (end && end != tokens.end()) return end;
    body.is_single = true;
    body.count = 1;
    report(open, end, sink);
    return tokens.end();
  }

  /// `{"events": […]}`: what stands beside the list needs only be JSON.
  Place decode_event_list(Place open, const Context& context, DecodeSink& sink) {
    bool found = false;
    reader.begin(context);
    return reader.for_each_raw_field(open, [&](std::string_view raw_key, Place value) -> Place {
      if (reader.unescaped(raw_key) != "events") return reader.skip(value);
      has_two_lists = std::exchange(found, true);
      if (has_two_lists) return nullptr;
      if (tokens.kind(value) != '[') return reader.breaks(simdjson::INCORRECT_TYPE);
      return decode_list(value, context, sink);
    });
  }

  Status decode_lines(std::string_view lines, const Context& context, DecodeSink& sink) {
    while (!lines.empty()) {
      const std::string_view some = leading_lines(lines);
      CHECK_OK(decode_some_lines(some, context, sink));
      lines.remove_prefix(some.size());
    }
    return {};
  }

  /// Some whole lines, at least one. Their tokens should fit a fast cache.
  static std::string_view leading_lines(std::string_view lines) {
    if (lines.size() <= kLinesAtOnce) return lines;
    const auto last_end = lines.rfind('\n', kLinesAtOnce);
    const auto end = last_end != std::string_view::npos ? last_end : lines.find('\n', kLinesAtOnce);
    return lines.substr(0, end == std::string_view::npos ? end : end + 1);
  }

  /// Cuts many lines into tokens at once, which is faster; from the first odd one on each is cut and read alone.
  Status decode_some_lines(std::string_view lines, const Context& context, DecodeSink& sink) {
    const std::string_view all = trim_end(lines);
    reader.begin_text(all);
    bool is_plain = all.ends_with('}') && !tokens.split(all);
    Place at = is_plain ? tokens.first() : nullptr;
    while (!lines.empty()) {
      const std::size_t length = std::min(lines.find('\n'), lines.size());
      const std::string_view line = trim(lines.substr(0, length));
      lines.remove_prefix(std::min(lines.size(), length + 1));
      if (line.empty()) continue;
      if (body.count == kMaxEventsPerRequest) return too_many();
      ++body.count;
      text = all;
      const Place end = is_plain ? read_plain_line(at, line, context) : nullptr;
      is_plain = end != nullptr;
      if (is_plain) {
        report(std::exchange(at, end), end, sink);
      } else {
        decode_line(line, context, sink);
      }
    }
    return {};
  }

  /// Reads an event that takes up its whole line, and nothing of the next.
  Place read_plain_line(Place at, std::string_view line, const Context& context) {
    if (line.front() != '{' || line.back() != '}') return nullptr;
    reader.begin(context);
    const Place end = reader.read(at);
    const char* const line_end = line.data() + line.size();
    return end && tokens.begin_of(end - 1) + 1 == line_end ? end : nullptr;
  }

  bool is_json() const {
    simdjson::dom::parser whole;
    return whole.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
  }

  void decode_line(std::string_view line, const Context& context, DecodeSink& sink) {
    text = line;
    reader.begin(context);
    Place end = nullptr;
    auto code = read_line(end);
    if (!code) return report(tokens.first(), end, sink);
    if (code == simdjson::INCORRECT_TYPE && !is_json()) code = simdjson::TAPE_ERROR;
    if (code == simdjson::INCORRECT_TYPE) {
      reader.refuse("invalid_type", "a line must hold one event, as an object");
    } else {
      reader.refuse("invalid_json", "the line is no valid JSON: " + std::string(simdjson::error_message(code)));
    }
    sink.on_refused(reader.refusal(), text);
  }

  simdjson::error_code read_line(Place& end) {
    if (const auto code = tokens.split(text)) return code;
    if (text.front() != '{') return simdjson::INCORRECT_TYPE;
    if (text.back() != '}') return simdjson::INCOMPLETE_ARRAY_OR_OBJECT;
    end = reader.read(tokens.first());
    return end && end != tokens.end() ? simdjson::TRAILING_CONTENT : reader.broken();
  }
};

EventDecoder::EventDecoder() : impl_(std::make_unique<Impl>()) {}
EventDecoder::~EventDecoder() = default;

Result<DecodedBody> EventDecoder::decode(std::string_view body, Framing framing, const Context& context,
                                         DecodeSink& sink) {
  impl_->body = {};
  impl_->is_too_long = false;
  impl_->has_two_lists = false;
  body = trim(body);
  impl_->reader.begin_body();
  if (body.empty()) return invalid("the body is empty; send an event as JSON");
  CHECK_OK(framing == Framing::ndjson ? impl_->decode_lines(body, context, sink)
                                      : impl_->decode_json(body, context, sink));
  impl_->body.is_camel_case = impl_->reader.is_camel_case();
  return impl_->body;
}

}  // namespace spectrum::ingest
