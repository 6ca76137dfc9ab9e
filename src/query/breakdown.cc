#include "query/breakdown.h"

#include <algorithm>
#include <numeric>

#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

std::string separated(const std::string& list, const std::string& next) { return list.empty() ? next : list + ", " + next; }

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
  if (has_others) names.emplace_back(top.front().size(), std::string(kOther));
  return names;
}

Result<Ranking> rank(ports::Warehouse& warehouse, const Scope& scope, const BreakdownOptions& breakdown, FilterCompiler compiler,
                     const std::string& condition) {
  TRY(const auto texts, texts_of(breakdown, compiler));
  std::string named, names, places, order;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = "b" + std::to_string(i);
    named = separated(named, or_absent(texts[i]) + " AS " + name);
    names = separated(names, name);
    places = separated(places, std::to_string(i + 1));
    order = separated(order, name + " COLLATE \"C\"");
  }
  const auto sql = warehouse::fill(sql::breakdown, {{"names", names},
                                                    {"texts", named},
                                                    {"places", places},
                                                    {"order", order},
                                                    {"limit", std::to_string(breakdown.top + 1)},
                                                    {"joins", compiler.joins()},
                                                    {"condition", condition}});
  TRY(const auto answer, warehouse.query(sql, compiler.parameters(), scope.stop));
  Ranking ranking;
  for (const auto& row : answer.rows) {
    if (ranking.top.size() == breakdown.top) {
      ranking.has_others = true;
      break;
    }
    Combination& combination = ranking.top.emplace_back();
    for (const auto& cell : row) combination.push_back(std::get<std::string>(cell));
  }
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

Groups::Groups(std::size_t properties, const Ranking& ranking) : is_open_(false), values_(properties) {
  for (const auto& combination : ranking.top) {
    Numbers numbers{};
    for (std::size_t i = 0; i < properties; ++i) numbers[i] = values_[i].add(combination[i]);
    group_of_.emplace(numbers, static_cast<std::uint32_t>(combinations_.size()));
    combinations_.push_back(numbers);
  }
  combinations_.emplace_back();  // all others
  events_.resize(combinations_.size());
}

std::uint32_t Groups::group_of(const Numbers& numbers) {
  if (const auto found = group_of_.find(numbers); found != group_of_.end()) return found->second;
  if (!is_open_) return static_cast<std::uint32_t>(combinations_.size() - 1);
  combinations_.push_back(numbers);
  events_.push_back(0);
  return group_of_[numbers] = static_cast<std::uint32_t>(combinations_.size() - 1);
}

void Groups::sort(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& groups) {
  groups.assign(batch.rows(), 0);
  const auto number = [&](std::size_t property, std::size_t row) {
    auto text = batch.text(first + property, row);
    if (text.empty() && batch.is_null(first + property, row)) text = kAbsent;
    return is_open_ ? values_[property].add(text) : values_[property].find(text);
  };
  if (values_.empty()) return;
  if (values_.size() == 1) {
    for (std::size_t row = 0; row < groups.size(); ++row) {
      // The values of one property are numbered as the groups are.
      const std::uint32_t value = number(0, row);
      groups[row] = value < combinations_.size() ? value : group_of({value});
      ++events_[groups[row]];
    }
    return;
  }
  for (std::size_t row = 0; row < groups.size(); ++row) {
    Numbers numbers{};
    for (std::size_t i = 0; i < values_.size(); ++i) numbers[i] = number(i, row);
    groups[row] = group_of(numbers);
    ++events_[groups[row]];
  }
}

Ranking Groups::rank(std::size_t top, std::vector<std::uint32_t>& row_of_group) const {
  std::vector<Combination> names;
  for (const auto& numbers : combinations_) {
    auto& name = names.emplace_back();
    for (std::size_t i = 0; i < values_.size(); ++i) name.push_back(values_[i][numbers[i]]);
  }
  std::vector<std::uint32_t> order(combinations_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return events_[a] != events_[b] ? events_[a] > events_[b] : names[a] < names[b];
  });
  Ranking ranking;
  ranking.has_others = order.size() > top;
  row_of_group.assign(order.size(), static_cast<std::uint32_t>(top));
  for (std::uint32_t row = 0; row < std::min(top, order.size()); ++row) {
    row_of_group[order[row]] = row;
    ranking.top.push_back(names[order[row]]);
  }
  return ranking;
}

}  // namespace spectrum::query
