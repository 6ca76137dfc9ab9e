#include "query/breakdown.h"

#include <algorithm>

#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

std::string separated(const std::string& list, const std::string& next) { return list.empty() ? next : list + ", " + next; }

std::string column_name(std::size_t property) { return "b" + std::to_string(property); }

constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

std::string or_absent(const std::string& text) { return "coalesce(" + text + ", '" + std::string(kAbsent) + "')"; }

}  // namespace

Result<std::vector<std::string>> texts_of(const BreakdownOptions& breakdown, FilterCompiler& compiler) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < breakdown.properties.size(); ++i) {
    TRY(const auto property, compiler.property(breakdown.properties[i], "/breakdown/" + std::to_string(i)));
    texts.push_back(property.text);
  }
  return texts;
}

std::vector<Combination> Ranking::names() const {
  auto names = top;
  if (others > 0) names.emplace_back(top.front().size(), std::string(kOther));
  return names;
}

std::optional<std::size_t> Ranking::other_values(std::size_t row) const {
  return others > 0 && row == top.size() ? std::optional(others) : std::nullopt;
}

Result<Ranking> rank(ports::Warehouse& warehouse, const Scope& scope, const BreakdownOptions& breakdown, FilterCompiler compiler,
                     const std::string& condition) {
  TRY(const auto texts, texts_of(breakdown, compiler));
  std::string named, names, places, order;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = column_name(i);
    named = separated(named, or_absent(texts[i]) + " AS " + name);
    names = separated(names, name);
    places = separated(places, std::to_string(i + 1));
    order = separated(order, name + " COLLATE \"C\"");
  }
  const auto sql = warehouse::fill(sql::breakdown, {{"names", names},
                                                    {"texts", named},
                                                    {"places", places},
                                                    {"order", order},
                                                    {"limit", std::to_string(breakdown.top)},
                                                    {"joins", compiler.joins()},
                                                    {"time", time_condition(scope.range)},
                                                    {"condition", condition}});
  TRY(const auto answer, warehouse.query(sql, compiler.parameters(), scope.stop));
  Ranking ranking;
  for (const auto& row : answer.rows) {
    Combination& combination = ranking.top.emplace_back();
    for (std::size_t i = 0; i < texts.size(); ++i) combination.push_back(std::get<std::string>(row[i]));
  }
  if (!answer.rows.empty()) ranking.others = static_cast<std::size_t>(std::get<std::int64_t>(answer.rows[0].back())) - ranking.top.size();
  return ranking;
}

Result<std::string> condition_of(const Combination& wanted, const Ranking& ranking, const BreakdownOptions& breakdown,
                                 FilterCompiler& compiler) {
  TRY(const auto texts, texts_of(breakdown, compiler));
  const auto is = [&](const Combination& combination) {
    std::string all;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      all += (i == 0 ? "(" : " AND ") + or_absent(texts[i]) + " = " + compiler.parameter(combination[i]);
    }
    return all + ")";
  };
  const bool is_ranked = std::ranges::find(ranking.top, wanted) != ranking.top.end();
  if (is_ranked || std::ranges::any_of(wanted, [](const auto& text) { return text != kOther; })) return is(wanted);
  std::string others = "TRUE";
  for (const auto& combination : ranking.top) others += " AND NOT " + is(combination);
  return others;
}

Groups::Groups(std::size_t properties) : is_open_(true), values_(properties) {
  for (auto& values : values_) values.add(kAbsent);
}

Groups::Groups(std::size_t properties, const Ranking& ranking) : Groups(properties) {
  is_open_ = false;
  for (const auto& combination : ranking.top) {
    Numbers numbers{};
    for (std::size_t i = 0; i < properties; ++i) numbers[i] = values_[i].add(combination[i]);
    group_of_.emplace(numbers, static_cast<std::uint32_t>(combinations_.size()));
    combinations_.push_back(numbers);
  }
  combinations_.emplace_back();  // all others
}

std::string Groups::columns(const std::vector<std::string>& texts) {
  std::string columns;
  for (std::size_t i = 0; i < texts.size(); ++i) columns += ", " + texts[i] + " AS " + column_name(i);
  return columns;
}

std::vector<ports::CodedColumn> Groups::coded() {
  std::vector<ports::CodedColumn> columns;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    TextIndex& values = values_[i];
    columns.push_back({column_name(i), [&values, is_open = is_open_](std::string_view text) {
                         if (is_open) return static_cast<std::int32_t>(values.add(text));
                         // All that are not ranked are one value.
                         return static_cast<std::int32_t>(std::min<std::size_t>(values.find(text), values.size()));
                       }});
  }
  return columns;
}

std::uint32_t Groups::group_of(const Numbers& numbers) {
  if (const auto found = group_of_.find(numbers); found != group_of_.end()) return found->second;
  if (!is_open_) return static_cast<std::uint32_t>(combinations_.size() - 1);
  combinations_.push_back(numbers);
  return group_of_[numbers] = static_cast<std::uint32_t>(combinations_.size() - 1);
}

void Groups::sort(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& groups) {
  if (values_.empty()) return;
  groups.resize(batch.rows());
  const auto number = [](std::int32_t code) { return code < 0 ? 0 : static_cast<std::uint32_t>(code); };
  if (values_.size() == 1) {
    const auto codes = batch.codes(first);
    for (std::size_t row = 0; row < groups.size(); ++row) {
      const std::uint32_t value = number(codes[row]);
      if (value >= group_of_value_.size()) group_of_value_.resize(2 * std::size_t{value} + 1, kUnknown);
      std::uint32_t& group = group_of_value_[value];
      if (group == kUnknown) group = group_of({value});
      groups[row] = group;
    }
    return;
  }
  for (std::size_t row = 0; row < groups.size(); ++row) {
    Numbers numbers{};
    for (std::size_t i = 0; i < values_.size(); ++i) numbers[i] = number(batch.codes(first + i)[row]);
    groups[row] = group_of(numbers);
  }
}

Ranking Groups::rank(const std::vector<std::int64_t>& sizes, std::size_t top, std::vector<std::uint32_t>& row_of_group) const {
  struct Candidate {
    std::int64_t size;
    Combination names;
    std::size_t group;
  };
  std::vector<Candidate> candidates;
  for (std::size_t group = 0; group < combinations_.size(); ++group) {
    if (sizes[group] == 0) continue;
    Combination names;
    for (std::size_t i = 0; i < values_.size(); ++i) names.push_back(values_[i][combinations_[group][i]]);
    candidates.push_back({sizes[group], std::move(names), group});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.size != b.size ? a.size > b.size : a.names < b.names;
  });
  Ranking ranking;
  const std::size_t rows = std::min(top, candidates.size());
  ranking.others = candidates.size() - rows;
  row_of_group.assign(combinations_.size(), static_cast<std::uint32_t>(rows));
  for (std::size_t row = 0; row < rows; ++row) {
    row_of_group[candidates[row].group] = static_cast<std::uint32_t>(row);
    ranking.top.push_back(std::move(candidates[row].names));
  }
  return ranking;
}

}  // namespace spectrum::query
