#include "query/breakdown_rows.h"

#include <algorithm>

namespace spectrum::query {

BreakdownRows BreakdownRows::rank(const LabelGroups& groups, const std::vector<std::int64_t>& sizes, std::size_t top) {
  struct Candidate {
    std::int64_t size;
    Combination names;
    std::uint32_t group;
  };
  std::vector<Candidate> candidates;
  for (std::uint32_t group = 0; group < sizes.size(); ++group) {
    if (sizes[group] > 0) candidates.push_back({sizes[group], groups.names(group), group});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.size != b.size ? a.size > b.size : a.names < b.names;
  });
  BreakdownRows rows;
  rows.row_of_group.assign(sizes.size(), static_cast<std::uint32_t>(top));
  for (std::size_t i = 0; i < std::min(top, candidates.size()); ++i) {
    rows.row_of_group[candidates[i].group] = static_cast<std::uint32_t>(i);
    rows.names.push_back(std::move(candidates[i].names));
  }
  if (candidates.size() > top) rows.names.emplace_back(rows.names.front().size(), std::string(kOther));
  return rows;
}

std::optional<std::size_t> BreakdownRows::find(const Combination& wanted) const {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace spectrum::query
