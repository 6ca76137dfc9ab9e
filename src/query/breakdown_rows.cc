#include "query/breakdown_rows.h"

#include <algorithm>
#include <map>

namespace spectrum::query {

BreakdownRows BreakdownRows::rank(const LabelGroups& groups, const std::vector<std::int64_t>& sizes, std::size_t top) {
  struct Candidate {
    std::int64_t size;
    Combination names;
    std::vector<std::uint32_t> groups;
  };
  std::map<Combination, Candidate> by_names;
  for (std::uint32_t group = 0; group < sizes.size(); ++group) {
    if (sizes[group] == 0) continue;
    Candidate& candidate = by_names[groups.names(group)];
    candidate.size += sizes[group];
    candidate.groups.push_back(group);
  }
  std::vector<Candidate> candidates;
  for (auto& [names, candidate] : by_names) {
    candidates.push_back({candidate.size, names, std::move(candidate.groups)});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.size != b.size ? a.size > b.size : a.names < b.names;
  });
  BreakdownRows rows;
  rows.row_of_group.assign(sizes.size(), static_cast<std::uint32_t>(top));
  for (std::size_t i = 0; i < std::min(top, candidates.size()); ++i) {
    for (const auto group : candidates[i].groups) rows.row_of_group[group] = static_cast<std::uint32_t>(i);
    rows.names.push_back(std::move(candidates[i].names));
  }
  rows.others = candidates.size() - rows.names.size();
  if (rows.others > 0) rows.names.emplace_back(rows.names.front().size(), std::string(kOther));
  return rows;
}

std::optional<std::size_t> BreakdownRows::other_values(std::size_t row) const {
  return others > 0 && row + 1 == names.size() ? std::optional(others) : std::nullopt;
}

std::optional<std::size_t> BreakdownRows::find(const Combination& wanted) const {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace spectrum::query
