#include "query/properties.h"

#include <algorithm>
#include <map>

#include "query/demand.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/json_members.h"
#include "query/sql.h"
#include "query/trends_question.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// Properties are looked for in the newest events: what is rare and old is not found, what is asked about is.
constexpr std::int64_t kNewest = 100'000;
constexpr std::size_t kMaxNames = 1'000;
/// Of a property with more values than that only the first of them are counted.
constexpr std::size_t kMaxValues = 2'000;
constexpr std::size_t kMaxValueBytes = 200;
constexpr std::size_t kShownValues = 20;

/// What is known of a property while events are looked at.
struct Seen {
  std::int64_t count = 0;
  ValueType type = ValueType::text;
  bool is_mixed = false;
  std::map<std::string, std::int64_t, std::less<>> values;

  void add(ValueType value_type, std::string_view text) {
    is_mixed |= count > 0 && value_type != type;
    type = value_type;
    ++count;
    if (value_type == ValueType::object || value_type == ValueType::list || text.size() > kMaxValueBytes) return;
    if (const auto found = values.find(text); found != values.end()) {
      ++found->second;
    } else if (values.size() < kMaxValues) {
      values.emplace(text, 1);
    }
  }
};

using SeenByName = std::map<std::string, Seen, std::less<>>;

void add(SeenByName& seen, std::string_view name, ValueType type, std::string_view text) {
  auto found = seen.find(name);
  if (found == seen.end()) {
    if (seen.size() == kMaxNames) return;
    found = seen.emplace(name, Seen()).first;
  }
  found->second.add(type, text);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool matches(const std::string& name, const std::string& search) { return lower(name).find(lower(search)) != std::string::npos; }

Properties::Property describe(const std::string& name, const Seen& seen) {
  Properties::Property property{name, std::string(seen.is_mixed ? "mixed" : to_text(seen.type)), seen.count, {}, false};
  for (const auto& [value, count] : seen.values) property.values.push_back({value, count});
  std::ranges::stable_sort(property.values, std::greater(), &Properties::Value::count);
  if (property.values.size() > kShownValues) property.values.resize(kShownValues);
  return property;
}

class PropertiesRun {
 public:
  PropertiesRun(ports::Warehouse& warehouse, const Scope& scope, const Json& body)
      : warehouse_(warehouse), scope_(scope), body_(body) {}

  Result<Properties> answer() {
    TRY(event_, text_member(body_, "", "event", "*"));
    TRY(search_, text_member(body_, "", "search", ""));
    CHECK_OK(read_event_types());
    TRY(const std::int64_t first, first_of_newest());
    CHECK_OK(read_properties(first));
    for (const auto& [name, seen] : seen_) {
      if (!matches(name, search_)) continue;
      auto& property = answer_.properties.emplace_back(describe(name, seen));
      const std::string key = key_of(name);
      property.is_promoted = is_promoted(key);
      property.is_declared = scope_.demand && scope_.demand->is_declared(key);
    }
    std::ranges::stable_sort(answer_.properties, std::greater(), &Properties::Property::count);
    return std::move(answer_);
  }

 private:
  Result<std::string> condition(FilterCompiler& compiler) const {
    TRY(const auto filtered, compiler.filters(body_.find("filters"), "/filters"));
    return event_ == "*" ? filtered : filtered + " AND e.event_type = " + compiler.parameter(event_);
  }

  static std::string key_of(const std::string& name) {
    constexpr std::string_view kPrefix = "properties.";
    return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
  }

  bool is_promoted(const std::string& key) const {
    const auto found = std::ranges::find(scope_.promoted, key, &ports::PromotedProperty::property);
    return found != scope_.promoted.end() && found->is_filled();
  }

  Status read_event_types() {
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    CHECK_OK(compiler.check_event(event_, "/event"));
    TRY(const auto filtered, compiler.filters(body_.find("filters"), "/filters"));
    const auto sql = warehouse::fill(sql::properties_events, {{"joins", compiler.joins()}, {"time", time_condition(scope_.range)}, {"condition", filtered}});
    TRY(const auto answer, warehouse_.query(sql, compiler.parameters(), scope_.stop));
    for (const auto& row : answer.rows) {
      const auto& name = std::get<std::string>(row[0]);
      const auto count = std::get<std::int64_t>(row[1]);
      if (matches(name, search_)) answer_.events.push_back({name, count, std::get<Timestamp>(row[2])});
      if (event_ == "*" || event_ == name) events_ += count;
    }
    return {};
  }

  Result<std::int64_t> first_of_newest() {
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    TRY(const auto chosen, condition(compiler));
    const auto sql = warehouse::fill(sql::newest_events, {{"joins", compiler.joins()}, {"time", time_condition(scope_.range)}, {"condition", chosen}, {"limit", std::to_string(kNewest)}});
    TRY(const auto answer, warehouse_.query(sql, compiler.parameters(), scope_.stop));
    answer_.looked_at = std::get<std::int64_t>(answer.rows[0][1]);
    answer_.has_older = answer_.looked_at < events_;
    return std::get<std::int64_t>(answer.rows[0][0]);
  }

  Status read_properties(std::int64_t first) {
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    TRY(auto chosen, condition(compiler));
    chosen += " AND e.seq >= " + compiler.parameter(first);
    std::string columns;
    const auto listed = listed_columns();
    for (const auto& column : listed) {
      TRY(const auto property, compiler.property(column.name, ""));
      columns += ", " + property.text;
    }
    const auto sql = warehouse::fill(sql::properties, {{"columns", columns}, {"joins", compiler.joins()}, {"time", time_condition(scope_.range)}, {"condition", chosen}});
    JsonMembers members;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        members.for_each(batch.text(0, row), [&](std::string_view name, ValueType type, std::string_view text) {
          is_column(name) ? add(seen_, "properties." + std::string(name), type, text) : add(seen_, name, type, text);
        });
        for (std::size_t i = 0; i < listed.size(); ++i) {
          if (!batch.is_null(i + 1, row)) {
            add(seen_, listed[i].name, listed[i].has_numbers ? ValueType::number : ValueType::text, batch.text(i + 1, row));
          }
        }
      }
      return {};
    };
    return warehouse_.scan(sql, compiler.parameters(), take, scope_.stop);
  }

  ports::Warehouse& warehouse_;
  const Scope& scope_;
  const Json& body_;
  std::string event_;
  std::string search_;
  std::int64_t events_ = 0;  ///< that the condition chooses
  SeenByName seen_;
  Properties answer_;
};

}  // namespace

Result<Properties> ask_properties(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "event", "search"}));
  return PropertiesRun(warehouse, scope, body).answer();
}

}  // namespace spectrum::query
