#include "bulk/csv_rows.h"

#include <algorithm>

#include "base/json_text.h"
#include "bulk/field.h"
#include "bulk/timestamps.h"

namespace spectrum::bulk {
namespace {

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
    TRY(const bool found, next_row());
    if (!found) return invalid(name_ + " is empty: its first line should name the columns");
    if (row_.is_unclosed) return invalid(name_ + ": a quote in the line that names the columns is left open");
    for (const auto field : row_.fields) {
      std::string column(trim(field));
      if (column.find('\r') != std::string::npos) {
        return invalid(name_ + ": lines end with CR alone, as on old Macs; make them end with LF first (tr '\\r' '\\n')");
      }
      if (!column.empty() && std::find(columns_.begin(), columns_.end(), column) != columns_.end()) {
        return invalid(name_ + " has more than one column '" + column + "'; give each a name of its own");
      }
      columns_.push_back(std::move(column));
    }
    std::vector<Field> fields;  // of the columns
    for (const auto& column : columns_) fields.push_back(field_of(column));
    for (const auto& [field, column] : options_.map) {
      const auto found_column = std::find(columns_.begin(), columns_.end(), column);
      if (found_column == columns_.end()) {
        return invalid("--map " + field + "=" + column + ": " + name_ + " has no column '" + column + "'; it has " + list());
      }
      take(fields, static_cast<std::size_t>(found_column - columns_.begin()), field_of(field));
    }
    plan_steps(std::move(fields));
    return {};
  }

  Result<bool> next(Row& row) override {
    TRY(const bool found, next_row());
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

  Status check_head() const override {
    if (!is_given(&Field::is_event_type)) {
      return invalid(name_ + ": no column is the type of the events (event_type, event or name); it has " + list() +
                     ". Say which one is: --map event_type=COLUMN, or what all of them are: --set event_type=NAME");
    }
    if (!is_given(&Field::is_user)) {
      return invalid(name_ + ": no column says whose events these are (user_id or anonymous_id); it has " + list() +
                     ". Say which one does: --map user_id=COLUMN");
    }
    return {};
  }

 private:
  /// One part of each event.
  struct Step {
    Field field;
    std::optional<std::size_t> column{};  ///< that the value is in
    std::string constant{};               ///< the value as JSON, without a column
    bool is_id = field.is_event_id();
  };

  bool is_given(bool (Field::*is_it)() const) const {
    return std::ranges::any_of(steps_, [is_it](const Step& step) { return (step.field.*is_it)(); });
  }

  Result<bool> next_row() {
    auto found = csv_.next(row_);
    if (!found) return Error{found.error().code, name_ + ": " + found.error().message};
    return found;
  }

  /// Fills a field from a column; one that has the field's name is a property then.
  void take(std::vector<Field>& fields, std::size_t column, Field field) const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].is_same_as(field)) fields[i] = property_of(columns_[i]);
    }
    fields[column] = std::move(field);
  }

  std::string list() const {
    std::string names;
    for (const auto& column : columns_) names += (names.empty() ? "" : ", ") + column;
    return names;
  }

  /// Fields of the event first, then each object's together, constants before columns. A constant takes the place of a column
  /// of the same field.
  void plan_steps(std::vector<Field> fields) {
    for (const auto& [name, text] : options_.set) {
      Step& step = steps_.emplace_back(Step{field_of(name)});
      step.constant = constant_of(step.field, text);
    }
    const auto is_set = [this](const Field& field) {
      return std::ranges::any_of(steps_, [&](const Step& step) { return !step.column && step.field.is_same_as(field); });
    };
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!is_set(fields[i])) steps_.push_back({std::move(fields[i]), i});
    }
    std::ranges::stable_sort(steps_, {}, [](const Step& step) -> const std::string& { return step.field.object; });
  }

  void refuse(Row& row, std::string_view code, std::string message) {
    row.code = code;
    row.message = std::move(message);
    row.payload = row_.text;
  }

  void write_event(Row& row) {
    JsonWriter& json = json_;
    json.clear();
    json.begin_object();
    std::string_view open;  // the object that is being written
    bool has_id = false;
    for (const Step& step : steps_) {
      const Field& field = step.field;
      const std::string_view text = step.column ? trim(row_.fields[*step.column]) : step.constant;
      if (text.empty()) continue;
      if (field.object != open) {
        if (!open.empty()) json.end_object();
        json.key(field.object).begin_object();
        open = field.object;
      }
      json.raw_key(field.key);
      has_id |= step.is_id;
      if (!step.column) {
        json.raw(text);
      } else if (field.kind == Field::Kind::timestamp) {
        const auto instant = read_timestamp(text, options_.zone);
        if (!instant) return refuse(row, "invalid_timestamp", columns_[*step.column] + ": " + instant.error().message);
        json.raw(*instant);
      } else {
        write_value(json, field, text);
      }
    }
    if (!open.empty()) json.end_object();
    if (!has_id) add_id(json, row);
    json.end_object();
    row.event.reserve(json.text().size() + kEventPadding);
    row.event = json.text();
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
  std::vector<Step> steps_;
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
