#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/position.h"
#include "ports/value.h"

namespace spectrum::query {

/// Turns filters and selectors into SQL conditions over `fact_events e`. What users wrote travels as parameters only;
/// column names come from a fixed list.
class FilterCompiler {
 public:
  /// A new parameter; returns its `$n`.
  std::string parameter(ports::Value value);

  /// The condition for `[{"property":…,"op":…,"value":…}, …]`, all of which must hold; `TRUE` for none.
  Result<std::string> filters(const Json* list, std::string_view pointer);

  /// The condition for `{"event":…,"filters":[…]}`; `event` may be `*`.
  Result<std::string> selector(const Json& selector, std::string_view pointer);

  /// The joins that the conditions so far need.
  std::string joins() const;
  const std::vector<ports::Value>& parameters() const { return parameters_; }

 private:
  /// A property in SQL: its text, null when absent; and its number, null when it is none.
  struct Operand {
    std::string text;
    std::string number;
  };
  Result<Operand> operand(const std::string& property, std::string_view pointer);
  Result<std::string> filter(const Json& filter, std::string_view pointer);
  /// Whether the property, in its shortest form, is `text`; null when absent.
  std::string equals(const Operand& operand, const std::string& text);

  std::vector<ports::Value> parameters_;
  bool joins_users_ = false;
  bool joins_products_ = false;
  bool joins_sessions_ = false;
};

}  // namespace spectrum::query
