#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/warehouse.h"
#include "query/formula.h"
#include "query/time_range.h"

namespace spectrum::query {

enum class Measure { count, unique_users, sessions, per_user, sum, avg, min, max, p50, p90, p95, p99 };

Result<Measure> parse_measure(std::string_view text, std::string_view pointer);

/// Whether it is of a property's numbers.
bool is_of_numbers(Measure measure);
/// Whether it looks at who came, or in which session.
bool is_of_ids(Measure measure);

/// Percentiles keep their values, so many at most.
inline constexpr std::size_t kMostValues = 50'000'000;

/// Some rows of a batch, and where they belong.
struct Rows {
  std::span<const std::uint32_t> numbers;  ///< which they are
  std::span<const BucketRun> runs;         ///< of them; buckets count from the first one of the slice
  std::span<const std::uint32_t> groups;   ///< of all rows of the batch; none: all are of group 0
};

/// Consecutive buckets that are counted together. The first `lead` of them are there for the rolling windows of those
/// behind them only.
struct Slice {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t lead = 0;
};

/// What a measure keeps of the rows it was shown: for each group and bucket of a slice, and for each group in all.
/// Slices come one after the other, so that what does not fit into memory at once is counted piece by piece.
class Tally {
 public:
  virtual ~Tally() = default;

  virtual void begin(const Slice& slice, std::size_t groups) = 0;
  /// Room for groups that came in between.
  virtual void grow(std::size_t groups) = 0;
  /// Some rows, each once. Their numbers or ids, if the measure has any, are in `column`. False: it is too much for the memory.
  [[nodiscard]] virtual bool add(const ports::ColumnBatch& batch, std::size_t column, const Rows& rows) = 0;
  /// Pours groups together: each into its target.
  virtual void fold(std::span<const std::uint32_t> target, std::size_t groups) = 0;
  /// Counts the slice in.
  virtual void end() = 0;

  /// A bucket of the slice.
  virtual Number value(std::size_t group, std::size_t bucket) const = 0;
  /// All slices that ended.
  virtual Number total(std::size_t group) const = 0;
};

/// A value spans `rolling` buckets, itself and those before it.
std::unique_ptr<Tally> make_tally(Measure measure, std::size_t rolling);

}  // namespace spectrum::query
