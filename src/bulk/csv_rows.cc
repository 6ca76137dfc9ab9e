#include "bulk/csv_rows.h"

#include <algorithm>
#include <array>

#include "base/json_text.h"
#include "bulk/timestamps.h"

namespace spectrum::bulk {
namespace {

enum class Kind { text, number, maybe_number, timestamp };

/// A field that a column can fill: its place in the event's JSON.
struct Target {
  std::string object;  ///< `product`, `user`, `properties`, or empty for the event itself
  std::string name;
  Kind kind = Kind::text;
  std::string key{};  ///< the name as JSON, with quotes and colon
};

/// Where a field name leads; any name that is none of the event's is a property.
Target target_of(std::string name) {
  static constexpr std::array kTexts = {
      "event_type", "eventType",  "event",      "name",     "event_id",      "eventId",      "user_id", "userId", "anonymous_id", "anonymousId",
      "session_id", "sessionId",  "currency",   "product_id", "productId",   "experiment_id", "experimentId", "variant", "source", "entity_id",
      "entityId",   "status"};
  if (std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end()) return {"", name};
  if (is_timestamp_field(name)) return {"", name, Kind::timestamp};
  if (name == "value" || name == "amount_minor" || name == "amountMinor") return {"", name, Kind::number};
  if (name == "product.price_usd") return {"product", "price_usd", Kind::number};
  for (const std::string object : {"product", "user", "context"}) {
    if (name.starts_with(object + ".")) return {object, name.substr(object.size() + 1)};
  }
  if (name.starts_with("properties.")) name.erase(0, std::string_view("properties.").size());
  return {"properties", std::move(name), Kind::maybe_number};
}

/// Takes the digits at the start of `text` away; false when there are none.
bool skip_digits(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
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

std::string key_of(const std::string& name) {
  std::string key;
  append_json_string(key, name);
  return key + ":";
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

class CsvRows final : public RowReader {
 public:
  CsvRows(Buffer buffer, std::string name, const ReadOptions& options, ContentIds& ids)
      : csv_(std::move(buffer)), name_(std::move(name)), options_(options), ids_(ids) {}

  Status read_header() {
    TRY(const bool found, csv_.next(row_));
    if (!found) return invalid(name_ + " is empty: its first line should name the columns");
    if (row_.is_unclosed) return invalid(name_ + ": a quote in the line that names the columns is left open");
    for (const auto field : row_.fields) columns_.emplace_back(trim(field));
    for (const auto& column : columns_) targets_.push_back(target_of(column));
    for (const auto& [field, column] : options_.map) {
      const auto found_column = std::find(columns_.begin(), columns_.end(), column);
      if (found_column == columns_.end()) {
        return invalid("--map " + field + "=" + column + ": " + name_ + " has no column '" + column + "'; it has " + list());
      }
      take(static_cast<std::size_t>(found_column - columns_.begin()), target_of(field));
    }
    order_objects();
    return {};
  }

  Result<bool> next(Row& row) override {
    TRY(const bool found, csv_.next(row_));
    if (!found) return false;
    row = {};
    row.line = row_.line;
    if (row_.is_unclosed) {
      refuse(row, "invalid_value", "a quote is left open, and the rest of the file lies in it");
      return true;
    }
    if (row_.fields.size() != columns_.size()) {
      refuse(row, "invalid_value", "the row has " + std::to_string(row_.fields.size()) + " fields, the header has " +
                                       std::to_string(columns_.size()));
      return true;
    }
    write_event(row);
    return true;
  }

 private:
  /// Fills a field from a column; one that has the field's name is a property then.
  void take(std::size_t column, Target target) {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].object == target.object && targets_[i].name == target.name) targets_[i] = {"properties", columns_[i]};
    }
    targets_[column] = std::move(target);
  }

  std::string list() const {
    std::string names;
    for (const auto& column : columns_) names += (names.empty() ? "" : ", ") + column;
    return names;
  }

  /// Columns in the order in which they are written: fields of the event first, then each object's together.
  void order_objects() {
    for (std::size_t i = 0; i < targets_.size(); ++i) order_.push_back(i);
    std::stable_sort(order_.begin(), order_.end(),
                     [this](std::size_t a, std::size_t b) { return targets_[a].object < targets_[b].object; });
    for (const auto& [field, text] : options_.set) constants_.emplace_back(target_of(field), text);
    for (auto& target : targets_) target.key = key_of(target.name);
    for (auto& [target, text] : constants_) target.key = key_of(target.name);
    std::stable_sort(constants_.begin(), constants_.end(),
                     [](const auto& a, const auto& b) { return a.first.object < b.first.object; });
  }

  void refuse(Row& row, std::string_view code, std::string message) {
    row.code = code;
    row.message = std::move(message);
    row.payload = row_.text;
  }

  bool is_set(const Target& target) const {
    return std::any_of(constants_.begin(), constants_.end(), [&](const auto& constant) {
      return constant.first.object == target.object && constant.first.name == target.name;
    });
  }

  void write_event(Row& row) {
    JsonWriter& json = json_;
    json.clear();
    json.begin_object();
    std::string open;  // the object that is being written
    std::size_t constant = 0;
    bool has_id = false;
    const auto enter = [&](const std::string& object) {
      if (object == open) return;
      if (!open.empty()) json.end_object();
      json.key(object).begin_object();
      open = object;
    };
    const auto write_constants = [&](const std::string& until) {
      for (; constant < constants_.size() && constants_[constant].first.object <= until; ++constant) {
        const auto& [target, value] = constants_[constant];
        enter(target.object);
        if (target.kind == Kind::timestamp) {
          json.raw_key(target.key).raw(value);
        } else {
          write_value(json, target, value);
        }
      }
    };
    for (const std::size_t i : order_) {
      const Target& target = targets_[i];
      const std::string_view text = trim(row_.fields[i]);
      if (text.empty() || is_set(target)) continue;
      write_constants(target.object);
      enter(target.object);
      if (target.kind == Kind::timestamp) {
        const auto instant = read_timestamp(text, options_.zone);
        if (!instant) return refuse(row, "invalid_timestamp", columns_[i] + ": " + instant.error().message);
        json.raw_key(target.key).raw(*instant);
      } else {
        has_id |= target.name == "event_id" && target.object.empty();
        write_value(json, target, text);
      }
    }
    write_constants("\x7F");
    if (!open.empty()) json.end_object();
    if (!has_id) add_id(json, row);
    json.end_object();
    row.event.reserve(json.text().size() + kEventPadding);
    row.event = json.text();
  }

  static void write_value(JsonWriter& json, const Target& target, std::string_view text) {
    json.raw_key(target.key);
    // A property becomes a number where that loses nothing: `007`, `12E5` and account numbers of twenty digits stay text.
    constexpr std::size_t kMostExact = 15;
    const bool is_exact = text.size() <= kMostExact && text.find_first_of("eE") == std::string_view::npos;
    const bool may_be_number = target.kind == Kind::number || (target.kind == Kind::maybe_number && is_exact);
    if (may_be_number && is_json_number(text)) {
      json.raw(text);
    } else {
      json.string(text);
    }
  }

  void add_id(JsonWriter& json, const Row& row) {
    if (options_.id_from == IdFrom::none) return;
    json.key("event_id").string(options_.id_from == IdFrom::content ? ids_.next(json.text())
                                                                    : ContentIds::of_position(name_, row.line));
  }

  CsvReader csv_;
  CsvReader::Row row_;
  const std::string name_;
  const ReadOptions& options_;
  ContentIds& ids_;
  std::vector<std::string> columns_;
  std::vector<Target> targets_;
  std::vector<std::size_t> order_;
  std::vector<std::pair<Target, std::string>> constants_;
  JsonWriter json_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_csv_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                                 ContentIds& ids) {
  auto rows = std::make_unique<CsvRows>(std::move(buffer), name, options, ids);
  CHECK_OK(rows->read_header());
  return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace spectrum::bulk
