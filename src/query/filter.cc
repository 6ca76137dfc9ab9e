#include "query/filter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "query/demand.h"
#include "query/failure.h"
#include "query/fields.h"
#include "query/names.h"
#include "query/number_text.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

enum class Table { events, users, products, sessions };

constexpr std::string_view kNoNumber = "CAST(NULL AS DOUBLE PRECISION)";

struct ColumnName {
  std::string_view property;
  std::string_view text;
  Table table = Table::events;
  std::string_view number = kNoNumber;
};

constexpr ColumnName kColumns[] = {
    {"event_type", "e.event_type"},
    {"source", "e.source"},
    {"status", "e.status"},
    {"variant", "e.variant"},
    {"experiment_id", "e.experiment_id"},
    {"currency", "e.currency"},
    {"entity_id", "e.entity_id"},
    {"event_id", "e.event_id"},
    {"anonymous_id", "e.anonymous_id"},
    {"value", "number_text(e.value)", Table::events, "e.value"},
    {"amount_minor", "CAST(e.amount_minor AS VARCHAR)", Table::events, "CAST(e.amount_minor AS DOUBLE PRECISION)"},
    {"user_id", "CASE WHEN NOT u.anonymous THEN u.user_uuid END", Table::users},
    {"user.segment", "u.segment", Table::users},
    {"session_id", "s.session_uuid", Table::sessions},
    {"session.entry_page", "s.entry_page", Table::sessions},
    {"session.duration_s", "number_text(s.duration_s)", Table::sessions, "s.duration_s"},
    {"product_id", "p.sku", Table::products},
    {"product.sku", "p.sku", Table::products},
    {"product.name", "p.name", Table::products},
    {"product.category", "p.category", Table::products},
    {"product.price_usd", "number_text(p.price_usd)", Table::products, "p.price_usd"},
};

constexpr std::string_view kProperties = "properties.";

/// Whether a name is of something that changes while the facts stay: ids do not.
bool is_attribute(std::string_view name) {
  return name.starts_with("user.") || name.starts_with("session.") || (name.starts_with("product.") && name != "product.sku");
}

void collect_attributes(const Json& value, std::set<std::string>& found) {
  if (const auto* const text = value.string()) {
    if (is_attribute(*text) && is_column(*text)) found.insert(*text);
  }
  if (const auto* const list = value.array()) {
    for (const auto& member : *list) collect_attributes(member, found);
  }
  if (const auto* const members = value.object()) {
    for (const auto& [name, member] : *members) collect_attributes(member, found);
  }
}

/// A value as filters compare it: numbers in their shortest form, booleans as true and false.
Result<std::string> text_of(const Json& value, std::string_view pointer) {
  if (const auto* const text = value.string()) return *text;
  if (const auto* const flag = value.boolean()) return std::string(*flag ? "true" : "false");
  if (const auto* const whole = value.integer()) return std::to_string(*whole);
  if (const auto* const number = value.number()) return number_text(*number);
  return refuse(pointer, "must be text, a number or a boolean");
}

Result<double> number_of(const Json& value, std::string_view pointer) {
  if (const auto* const whole = value.integer()) return static_cast<double>(*whole);
  if (const auto* const number = value.number()) return *number;
  return refuse(pointer, "must be a number");
}

constexpr std::string_view kOperators[] = {"eq",  "ne", "in",  "not_in", "contains",  "gt",
                                           "gte", "lt", "lte", "exists", "not_exists"};

std::string_view comparison(std::string_view op) {
  if (op == "gt") return ">";
  if (op == "gte") return ">=";
  if (op == "lt") return "<";
  if (op == "lte") return "<=";
  return {};
}

std::int64_t minute_of(Timestamp instant) {
  return std::chrono::floor<std::chrono::minutes>(instant).time_since_epoch().count();
}

bool has_whole_minutes(const TimeRange& range) {
  return std::ranges::all_of(std::array{range.from, range.until},
                             [](Timestamp edge) { return Timestamp(std::chrono::minutes(minute_of(edge))) == edge; });
}

}  // namespace

std::string FilterCompiler::parameter(ports::Value value) {
  parameters_.push_back(std::move(value));
  return "$" + std::to_string(parameters_.size());
}

std::string FilterCompiler::joins() const {
  return (joins_products_ ? " LEFT JOIN dim_products p ON p.product_id = e.product_id" : "") + joins_beside_products();
}

std::string FilterCompiler::joins_beside_products() const {
  std::string joins;
  if (joins_users_) joins += " JOIN dim_users u ON u.user_id = e.user_id";
  if (joins_sessions_) joins += " LEFT JOIN dim_sessions s ON s.session_id = e.session_id";
  return joins;
}

Result<Property> FilterCompiler::property(const std::string& name, std::string_view pointer) {
  for (const auto& column : kColumns) {
    if (column.property != name) continue;
    joins_users_ |= column.table == Table::users;
    joins_products_ |= column.table == Table::products;
    joins_sessions_ |= column.table == Table::sessions;
    return Property{std::string(column.text), std::string(column.number)};
  }
  const bool is_trait = name.starts_with(kTraits);
  const std::string key = is_trait ? name.substr(kTraits.size()) : name.starts_with(kProperties) ? name.substr(kProperties.size()) : name;
  if (key.empty()) return refuse(pointer, "must name a column or a key of properties");
  const std::string place = warehouse::json_pointer(key);
  if (scope_ && scope_->names) {
    CHECK_OK(scope_->names->check(*scope_, is_trait ? Names::Kind::trait : Names::Kind::property, name, key, pointer));
  }
  joins_users_ |= is_trait;
  if (scope_ && !is_trait) {
    const auto promoted = std::ranges::find(scope_->promoted, key, &ports::PromotedProperty::property);
    if (promoted != scope_->promoted.end() && promoted->is_filled()) {
      return Property{"e." + promoted->text_column, "e." + promoted->number_column};
    }
    if (scope_->demand && promoted == scope_->promoted.end()) scope_->demand->note(scope_->project.number, key);
  }
  const std::string arguments = (is_trait ? "(u.traits, " : "(e.properties, ") + parameter(place) + ")";
  return Property{"property_text" + arguments, "property_number" + arguments};
}

Status FilterCompiler::check_event(const std::string& event, std::string_view pointer) const {
  if (!scope_ || !scope_->names || event == "*") return {};
  return scope_->names->check(*scope_, Names::Kind::event, event, event, pointer);
}

Result<std::string> FilterCompiler::filter(const Json& filter, std::string_view pointer) {
  const std::string here(pointer);
  CHECK_OK(check_members(filter, pointer, {"property", "op", "value"}));
  TRY(const auto name, text_member(filter, pointer, "property", ""));
  TRY(const auto op, text_member(filter, pointer, "op", "eq"));
  TRY(const auto column, this->property(name, here + "/property"));
  if (std::ranges::find(kOperators, op) == std::end(kOperators)) {
    return refuse(here + "/op", "must be eq, ne, in, not_in, contains, gt, gte, lt, lte, exists or not_exists");
  }
  const Json* const value = filter.find("value");
  if (op == "exists") return column.text + " IS NOT NULL";
  if (op == "not_exists") return column.text + " IS NULL";
  if (!value) return refuse(here + "/value", "is missing");
  if (op == "in" || op == "not_in") {
    if (!value->array() || value->array()->empty()) return refuse(here + "/value", "must be a list that is not empty");
    std::string any;
    for (const auto& member : *value->array()) {
      TRY(const auto text, text_of(member, here + "/value"));
      any += (any.empty() ? "" : ", ") + parameter(text);
    }
    const std::string found = column.text + " IN (" + any + ")";
    return op == "in" ? found : "(" + column.text + " IS NULL OR NOT " + found + ")";
  }
  if (const auto sign = comparison(op); !sign.empty()) {
    TRY(const double number, number_of(*value, here + "/value"));
    return "coalesce(" + column.number + " " + std::string(sign) + " " + parameter(number) + ", FALSE)";
  }
  TRY(const auto text, text_of(*value, here + "/value"));
  if (op == "eq") return column.text + " = " + parameter(text);
  if (op == "ne") return "(" + column.text + " IS NULL OR " + column.text + " <> " + parameter(text) + ")";
  return "position(" + parameter(text) + " IN " + column.text + ") > 0";
}

Result<std::string> FilterCompiler::filters(const Json* list, std::string_view pointer) {
  if (!list || list->is_null()) return std::string("TRUE");
  if (!list->array()) return refuse(pointer, "must be a list of filters");
  std::string condition = "TRUE";
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    TRY(const auto next, filter((*list->array())[i], std::string(pointer) + "/" + std::to_string(i)));
    condition += " AND " + next;
  }
  return condition;
}

Result<std::string> FilterCompiler::selector(const Json& selector, std::string_view pointer) {
  TRY(const auto event, text_member(selector, pointer, "event", "*"));
  TRY(auto condition, filters(selector.find("filters"), std::string(pointer) + "/filters"));
  CHECK_OK(check_event(event, std::string(pointer) + "/event"));
  if (event != "*") condition = "e.event_type = " + parameter(event) + " AND " + condition;
  return condition;
}

FilterCompiler begin_parameters(const Scope& scope, const TimeRange& range) {
  FilterCompiler compiler(scope);
  compiler.parameter(scope.project.number);
  for (const Timestamp edge : {range.from, range.until}) {
    has_whole_minutes(range) ? compiler.parameter(std::int64_t{minute_of(edge)}) : compiler.parameter(edge);
  }
  compiler.parameter(static_cast<std::int64_t>(scope.as_of));
  return compiler;
}

std::string time_condition(const TimeRange& range) {
  return has_whole_minutes(range) ? "e.time_id >= $2 AND e.time_id < $3" : "e.occurred_at >= $2 AND e.occurred_at < $3";
}

bool is_column(std::string_view name) {
  return std::ranges::find(kColumns, name, &ColumnName::property) != std::end(kColumns) || name.starts_with(kTraits);
}

bool is_of_products(std::string_view name) {
  return std::ranges::any_of(kColumns, [&](const auto& column) { return column.property == name && column.table == Table::products; });
}

std::vector<ListedColumn> listed_columns() {
  constexpr std::string_view kIds[] = {"event_type", "event_id", "user_id", "anonymous_id", "session_id", "product_id", "entity_id"};
  std::vector<ListedColumn> listed;
  for (const auto& column : kColumns) {
    if (std::ranges::find(kIds, column.property) != std::end(kIds)) continue;
    listed.push_back({std::string(column.property), column.number != kNoNumber});
  }
  return listed;
}

std::string attributes_in(const Json& body) {
  std::set<std::string> found;
  collect_attributes(body, found);
  std::string names;
  for (const auto& name : found) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace spectrum::query
