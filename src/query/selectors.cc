#include "query/selectors.h"

#include "query/failure.h"
#include "query/fields.h"

namespace spectrum::query {

Result<std::size_t> Selectors::add(const Json& selector, std::string_view pointer, FilterCompiler& compiler) {
  TRY(const auto event, text_member(selector, pointer, "event", "*"));
  if (event.empty()) return refuse(std::string(pointer) + "/event", "must be an event type, or * for any");
  CHECK_OK(compiler.check_event(event, std::string(pointer) + "/event"));
  TRY(const auto filters, compiler.filters(selector.find("filters"), std::string(pointer) + "/filters"));
  const std::uint32_t bit = 1u << size_;
  const bool is_any_type = event == "*";
  takes_any_type_ |= is_any_type;
  if (!is_any_type) {
    types_.add(event);
    bits_of_type_.resize(types_.size());
  }
  if (filters != "TRUE") {
    filtered_.push_back({is_any_type ? filters : "e.event_type = " + compiler.parameter(event) + " AND " + filters, bit});
  } else if (is_any_type) {
    always_ |= bit;
  } else {
    bits_of_type_[types_.find(event)] |= bit;
  }
  return size_++;
}

std::string Selectors::type_in(FilterCompiler& compiler, bool alone) const {
  std::string list;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (!alone || bits_of_type_[i] != 0) list += (list.empty() ? "" : ", ") + compiler.parameter(types_[i]);
  }
  return list.empty() ? "FALSE" : "e.event_type IN (" + list + ")";
}

std::string Selectors::any(FilterCompiler& compiler) const {
  if (always_ != 0) return "TRUE";
  std::string any = type_in(compiler, true);
  for (const auto& filtered : filtered_) any += " OR " + filtered.condition;
  return "(" + any + ")";
}

std::string Selectors::any_type(FilterCompiler& compiler) const { return takes_any_type_ ? "TRUE" : type_in(compiler, false); }

std::string Selectors::columns() const {
  if (!have_filters()) return ", e.event_type";
  std::string sum = "CAST(0 AS BIGINT)";
  for (const auto& [condition, bit] : filtered_) {
    sum += " + CASE WHEN " + condition + " THEN CAST(" + std::to_string(bit) + " AS BIGINT) ELSE CAST(0 AS BIGINT) END";
  }
  return ", e.event_type, " + sum + " AS matches";
}

void Selectors::find(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& bits) const {
  const auto types = batch.codes(first);
  bits.resize(batch.rows());
  for (std::size_t row = 0; row < bits.size(); ++row) bits[row] = static_cast<std::uint32_t>(types[row]);
  if (!have_filters()) return;
  const auto matches = batch.integers(first + 1);
  for (std::size_t row = 0; row < bits.size(); ++row) bits[row] |= static_cast<std::uint32_t>(matches[row]);
}

std::uint32_t Selectors::bits_of(std::string_view type) const {
  const auto number = types_.find(type);
  return always_ | (number == TextIndex::kNone ? 0 : bits_of_type_[number]);
}

ports::CodedColumn Selectors::types() const {
  return {"event_type", [this](std::string_view type) { return static_cast<std::int32_t>(bits_of(type)); }};
}

}  // namespace spectrum::query
