#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/position.h"
#include "ports/value.h"
#include "query/scope.h"

namespace spectrum::query {

/// What the names of users' traits begin with.
inline constexpr std::string_view kTraits = "user.traits.";

/// A property in SQL.
struct Property {
  std::string text;    ///< its text, numbers in their shortest form; null when absent
  std::string number;  ///< its number; null when it is none
};

/// Turns filters and selectors into SQL conditions over `fact_events e`. What users wrote travels as parameters only;
/// column names come from a fixed list.
class FilterCompiler {
 public:
  /// Takes every name.
  FilterCompiler() = default;
  /// Refuses names that the scope's project does not know. The scope has to outlive it.
  explicit FilterCompiler(const Scope& scope) : scope_(&scope) {}

  /// A new parameter; returns its `$n`.
  std::string parameter(ports::Value value);

  /// A column or a key of `properties`, by the name that users know it by.
  Result<Property> property(const std::string& name, std::string_view pointer);

  /// The condition for `[{"property":…,"op":…,"value":…}, …]`, all of which must hold; `TRUE` for none.
  Result<std::string> filters(const Json* list, std::string_view pointer);

  /// The condition for `{"event":…,"filters":[…]}`; `event` may be `*`.
  Result<std::string> selector(const Json& selector, std::string_view pointer);

  /// Refuses an event type that the project does not know; `*` is any.
  Status check_event(const std::string& event, std::string_view pointer) const;

  /// The joins that the conditions so far need.
  std::string joins() const;
  /// The same without the products, for who joins them as `p` anyway.
  std::string joins_beside_products() const;
  const std::vector<ports::Value>& parameters() const { return parameters_; }

 private:
  Result<std::string> filter(const Json& filter, std::string_view pointer);
  const Scope* scope_ = nullptr;
  std::vector<ports::Value> parameters_;
  bool joins_users_ = false;
  bool joins_products_ = false;
  bool joins_sessions_ = false;
};

/// A compiler whose first four parameters are the project, from, until and as_of.
FilterCompiler begin_parameters(const Scope& scope, const TimeRange& range);
/// The condition that an event lies in a range, by those parameters: by its minute, which such questions read anyway,
/// where the range is one of whole minutes.
std::string time_condition(const TimeRange& range);
/// Whether a name alone is that of a column, so that a key of `properties` has to say `properties.NAME`.
bool is_column(std::string_view name);
/// Whether it is a column of products.
bool is_of_products(std::string_view name);

struct ListedColumn {
  std::string name;
  bool has_numbers = false;
};

/// The columns that are worth listing among the properties of events: not ids.
std::vector<ListedColumn> listed_columns();

/// The attributes of users, sessions and products that a body names, for a person to read; empty: none. They have their
/// latest value.
std::string attributes_in(const Json& body);

}  // namespace spectrum::query
