#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ports/warehouse.h"
#include "query/breakdown_options.h"
#include "query/filter.h"
#include "query/scope.h"
#include "query/text_index.h"

namespace spectrum::query {

/// An SQL expression for each property of a breakdown: its text, null where it is absent.
Result<std::vector<std::string>> texts_of(const BreakdownOptions& breakdown, FilterCompiler& compiler);

/// The combinations that get rows of their own, and how many others there are.
struct Ranking {
  std::vector<Combination> top;
  std::size_t others = 0;

  /// The names of the rows: those of `top`, then perhaps `$other`.
  std::vector<Combination> names() const;
  /// Of the row `$other`: how many combinations it stands for.
  std::optional<std::size_t> other_values(std::size_t row) const;
};

/// The condition for events of one combination, or of none that is ranked when it is `$other` throughout.
Result<std::string> condition_of(const Combination& wanted, const Ranking& ranking, const BreakdownOptions& breakdown,
                                 FilterCompiler& compiler);

/// Ranks combinations by the events in the range that match `condition`, which `compiler` made; ties by code point.
Result<Ranking> rank(ports::Warehouse& warehouse, const Scope& scope, const BreakdownOptions& breakdown, FilterCompiler compiler,
                     const std::string& condition);

/// Sorts events into groups by their combination.
class Groups {
 public:
  /// A group for each combination that comes.
  explicit Groups(std::size_t properties);
  /// A group for each row of a ranking, and one for everything else.
  Groups(std::size_t properties, const Ranking& ranking);

  /// What a statement selects for it besides: `, TEXT AS b0 …`.
  static std::string columns(const std::vector<std::string>& texts);
  /// How a scan numbers those texts; it must not outlive this.
  std::vector<ports::CodedColumn> coded();
  /// The group of each row, none where there are no properties: all are of group 0. Those columns are there from `first` on.
  void sort(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& groups);

  std::size_t size() const { return combinations_.size(); }
  /// Ranks the groups by their sizes, and says into which row of the ranking each goes; all others, and those of
  /// size 0, into the one behind the last.
  Ranking rank(const std::vector<std::int64_t>& sizes, std::size_t top, std::vector<std::uint32_t>& row_of_group) const;

 private:
  /// Of one value for each property; 0 is absent.
  using Numbers = std::array<std::uint32_t, 3>;
  struct Hash {
    std::size_t operator()(const Numbers& numbers) const {
      return (numbers[0] * 0x9E3779B97F4A7C15u ^ numbers[1]) * 0x9E3779B97F4A7C15u ^ numbers[2];
    }
  };
  std::uint32_t group_of(const Numbers& numbers);

  bool is_open_;
  std::vector<TextIndex> values_;  ///< of each property; `$none`, sent as a value, is taken for absent
  std::vector<std::uint32_t> group_of_value_;  ///< where there is one property
  std::unordered_map<Numbers, std::uint32_t, Hash> group_of_;
  std::vector<Numbers> combinations_;
};

}  // namespace spectrum::query
