#pragma once

#include <optional>

#include "query/breakdown_options.h"
#include "query/labels.h"

namespace spectrum::query {

/// Which groups of a breakdown get rows of their own, and the names of all rows: the largest groups, ties by code
/// point, then perhaps `$other` for the rest.
struct BreakdownRows {
  /// `sizes` has the size of each group; those of size 0 are no part of the answer. Groups of one name have one row: `$none`,
  /// sent as a value, is counted with what is absent.
  static BreakdownRows rank(const LabelGroups& groups, const std::vector<std::int64_t>& sizes, std::size_t top);

  std::vector<Combination> names;
  std::vector<std::uint32_t> row_of_group;
  std::size_t others = 0;  ///< so many combinations are poured together in the last row

  /// Of the row `$other`: how many combinations it stands for.
  std::optional<std::size_t> other_values(std::size_t row) const;

  /// The row with these names; nothing when there is none.
  std::optional<std::size_t> find(const Combination& wanted) const;
};

}  // namespace spectrum::query
