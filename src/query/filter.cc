#include "query/filter.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/json_text.h"
#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {
namespace {

enum class Table { events, users, products, sessions };

struct ColumnName {
  std::string_view property;
  std::string_view sql;
  Table table = Table::events;
};

constexpr ColumnName kColumns[] = {
    {"event_type", "e.event_type"},
    {"source", "e.source"},
    {"status", "e.status"},
    {"variant", "e.variant"},
    {"experiment_id", "e.experiment_id"},
    {"currency", "e.currency"},
    {"entity_id", "e.entity_id"},
    {"user_id", "u.user_uuid", Table::users},
    {"user.segment", "u.segment", Table::users},
    {"session_id", "s.session_uuid", Table::sessions},
    {"session.entry_page", "s.entry_page", Table::sessions},
    {"product.sku", "p.sku", Table::products},
    {"product.name", "p.name", Table::products},
    {"product.category", "p.category", Table::products},
};

/// 2 for 2.0, 0.5 for 5e-1.
std::string shortest(double number) {
  constexpr double kLargestExact = 0x1p53;
  std::string text;
  if (std::abs(number) < kLargestExact && number == std::trunc(number)) {
    append_json_integer(text, static_cast<std::int64_t>(number));
  } else {
    append_json_number(text, number);
  }
  return text;
}

/// The number that a text is the shortest form of.
std::optional<double> number_in_shortest_form(const std::string& text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = code == std::errc() && end == text.data() + text.size() && shortest(number) == text;
  return is_number ? std::optional(number) : std::nullopt;
}

/// A value as filters compare it: numbers in their shortest form, booleans as true and false.
Result<std::string> text_of(const Json& value, std::string_view pointer) {
  if (const auto* const text = value.string()) return *text;
  if (const auto* const flag = value.boolean()) return std::string(*flag ? "true" : "false");
  if (const auto* const whole = value.integer()) return std::to_string(*whole);
  if (const auto* const number = value.number()) return shortest(*number);
  return refuse(pointer, "must be text, a number or a boolean");
}

Result<double> number_of(const Json& value, std::string_view pointer) {
  if (const auto* const whole = value.integer()) return static_cast<double>(*whole);
  if (const auto* const number = value.number()) return *number;
  return refuse(pointer, "must be a number");
}

/// A key as JSON pointer (RFC 6901). DuckDB would take a bare `$a` or `*` for a path into the JSON.
std::string json_pointer(std::string_view key) {
  std::string pointer = "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string_view comparison(std::string_view op) {
  if (op == "gt") return ">";
  if (op == "gte") return ">=";
  if (op == "lt") return "<";
  if (op == "lte") return "<=";
  return {};
}

}  // namespace

std::string FilterCompiler::parameter(ports::Value value) {
  parameters_.push_back(std::move(value));
  return "$" + std::to_string(parameters_.size());
}

std::string FilterCompiler::joins() const {
  std::string joins;
  if (joins_users_) joins += " JOIN dim_users u ON u.user_id = e.user_id";
  if (joins_products_) joins += " LEFT JOIN dim_products p ON p.product_id = e.product_id";
  if (joins_sessions_) joins += " LEFT JOIN dim_sessions s ON s.session_id = e.session_id";
  return joins;
}

Result<FilterCompiler::Operand> FilterCompiler::operand(const std::string& property, std::string_view pointer) {
  for (const auto& column : kColumns) {
    if (column.property != property) continue;
    joins_users_ |= column.table == Table::users;
    joins_products_ |= column.table == Table::products;
    joins_sessions_ |= column.table == Table::sessions;
    return Operand{std::string(column.sql), "CAST(NULL AS DOUBLE PRECISION)"};
  }
  const std::string key = property.starts_with("properties.") ? property.substr(11) : property;
  if (key.empty()) return refuse(pointer, "must name a column or a key of properties");
  const std::string place = parameter(json_pointer(key));
  const std::string text = "(e.properties ->> " + place + ")";
  return Operand{text, "CASE WHEN json_type(e.properties, " + place +
                           ") IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(" + text + " AS DOUBLE PRECISION) END"};
}

std::string FilterCompiler::equals(const Operand& operand, const std::string& text) {
  const std::string same = operand.text + " = " + parameter(text);
  const auto number = number_in_shortest_form(text);
  // A number may be stored in a longer form, such as 2.0.
  return number ? "(" + same + " OR coalesce(" + operand.number + " = " + parameter(*number) + ", FALSE))" : same;
}

Result<std::string> FilterCompiler::filter(const Json& filter, std::string_view pointer) {
  const std::string here(pointer);
  CHECK_OK(check_members(filter, pointer, {"property", "op", "value"}));
  TRY(const auto property, text_member(filter, pointer, "property", ""));
  TRY(const auto op, text_member(filter, pointer, "op", "eq"));
  TRY(const auto column, operand(property, here + "/property"));
  const Json* const value = filter.find("value");
  if (op == "exists") return column.text + " IS NOT NULL";
  if (op == "not_exists") return column.text + " IS NULL";
  if (!value) return refuse(here + "/value", "is missing");
  if (op == "in" || op == "not_in") {
    if (!value->array() || value->array()->empty()) return refuse(here + "/value", "must be a list that is not empty");
    std::string any;
    for (const auto& member : *value->array()) {
      TRY(const auto text, text_of(member, here + "/value"));
      any += (any.empty() ? "" : " OR ") + equals(column, text);
    }
    return op == "in" ? "(" + any + ")" : "(" + column.text + " IS NULL OR NOT (" + any + "))";
  }
  if (const auto sign = comparison(op); !sign.empty()) {
    TRY(const double number, number_of(*value, here + "/value"));
    return "coalesce(" + column.number + " " + std::string(sign) + " " + parameter(number) + ", FALSE)";
  }
  TRY(const auto text, text_of(*value, here + "/value"));
  if (op == "eq") return equals(column, text);
  if (op == "ne") return "(" + column.text + " IS NULL OR NOT " + equals(column, text) + ")";
  if (op == "contains") return "position(" + parameter(text) + " IN " + column.text + ") > 0";
  return refuse(here + "/op", "must be eq, ne, in, not_in, contains, gt, gte, lt, lte, exists or not_exists");
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
  if (event != "*") condition = "e.event_type = " + parameter(event) + " AND " + condition;
  return condition;
}

}  // namespace spectrum::query
