#include "query/tally.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "query/failure.h"
#include "query/user_set.h"

namespace spectrum::query {
namespace {

struct MeasureName {
  std::string_view text;
  Measure measure;
};
constexpr MeasureName kMeasures[] = {
    {"count", Measure::count}, {"unique_users", Measure::unique_users}, {"sessions", Measure::sessions},
    {"sum", Measure::sum},     {"avg", Measure::avg},                   {"min", Measure::min},
    {"max", Measure::max},     {"p50", Measure::p50},                   {"p90", Measure::p90},
    {"p95", Measure::p95},     {"p99", Measure::p99},                   {"per_user", Measure::per_user},
};

Number number_of(std::int64_t count) { return static_cast<double>(count); }

/// How often.
struct Count {
  std::int64_t events = 0;

  void merge(const Count& other) { events += other.events; }
  Number value(Measure) const { return number_of(events); }
};

/// Who, and how often, where that is asked for.
struct Ids {
  UserSet distinct;
  std::int64_t events = 0;

  void add(std::int64_t id) { distinct.add(id); }
  void merge(const Ids& other) {
    distinct.merge(other.distinct);
    events += other.events;
  }
  Number value(Measure measure) const {
    const auto size = distinct.size();
    if (measure != Measure::per_user) return number_of(size);
    return size == 0 ? Number() : static_cast<double>(events) / static_cast<double>(size);
  }
};

/// Sums in more digits than they are shown with, so that the order of the rows does not show.
struct Sums {
  std::int64_t numbers = 0;
  long double sum = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void add(double number) {
    ++numbers;
    sum += number;
    least = std::min(least, number);
    most = std::max(most, number);
  }
  void merge(const Sums& other) {
    numbers += other.numbers;
    sum += other.sum;
    least = std::min(least, other.least);
    most = std::max(most, other.most);
  }
  Number value(Measure measure) const {
    if (measure == Measure::sum) return static_cast<double>(sum);
    if (numbers == 0) return {};
    if (measure == Measure::avg) return static_cast<double>(sum / static_cast<long double>(numbers));
    return measure == Measure::min ? least : most;
  }
};

double share_of(Measure measure) {
  switch (measure) {
    case Measure::p50: return 0.5;
    case Measure::p90: return 0.9;
    case Measure::p95: return 0.95;
    default: return 0.99;
  }
}

struct Values {
  mutable std::vector<double> values;

  void add(double number) { values.push_back(number); }
  void merge(const Values& other) { values.insert(values.end(), other.values.begin(), other.values.end()); }
  /// Between the two nearest ranks, linearly.
  Number value(Measure measure) const {
    if (values.empty()) return {};
    const double place = share_of(measure) * static_cast<double>(values.size() - 1);
    const auto below = values.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(values.begin(), below, values.end());
    const double rest = place - std::floor(place);
    if (rest == 0) return *below;
    const double above = *std::min_element(below + 1, values.end());
    return *below + (above - *below) * rest;
  }
};

template <typename State>
class Cells final : public Tally {
 public:
  Cells(Measure measure, std::size_t rolling) : measure_(measure), rolling_(rolling) {}

  void begin(const Slice& slice, std::size_t groups) override {
    slice_ = slice;
    states_.clear();
    grow(groups);
  }
  void grow(std::size_t groups) override {
    states_.resize(groups * slice_.count);
    totals_.resize(std::max(totals_.size(), groups));
  }

  bool add(const ports::ColumnBatch& batch, std::size_t column, const Rows& rows) override {
    if constexpr (std::is_same_v<State, Count>) {
      count(rows);
    } else if constexpr (std::is_same_v<State, Ids>) {
      add_ids(batch, column, rows);
      if (measure_ == Measure::per_user) count(rows);
    } else {
      add_cells(batch, column, batch.numbers(column), rows);
    }
    rows_ += rows.numbers.size();
    return !std::is_same_v<State, Values> || rows_ <= kMostValues;
  }

  void fold(std::span<const std::uint32_t> target, std::size_t groups) override {
    std::vector<State> folded(groups * slice_.count);
    for (std::size_t group = 0; group < target.size(); ++group) {
      for (std::size_t bucket = 0; bucket < slice_.count; ++bucket) {
        State& from = states_[group * slice_.count + bucket];
        folded[target[group] * slice_.count + bucket].merge(from);
        from = State();
      }
    }
    states_ = std::move(folded);
    totals_.resize(groups);
  }

  void end() override {
    for (std::size_t group = 0; group < totals_.size(); ++group) {
      for (std::size_t bucket = slice_.lead; bucket < slice_.count; ++bucket) {
        totals_[group].merge(states_[group * slice_.count + bucket]);
      }
    }
  }

  Number value(std::size_t group, std::size_t bucket) const override {
    const auto* const last = &states_[group * slice_.count + bucket];
    if (rolling_ == 1) return last->value(measure_);
    State window;
    for (std::size_t back = 0; back < rolling_; ++back) window.merge(*(last - back));
    return window.value(measure_);
  }
  Number total(std::size_t group) const override { return totals_[group].value(measure_); }

 private:
  /// Calls `use(state, row)` for each row and where it is counted.
  template <typename Use>
  void for_each(const Rows& rows, const Use& use) {
    std::size_t i = 0;
    for (const BucketRun& run : rows.runs) {
      State* const of_bucket = &states_[run.bucket];
      if (rows.groups.empty()) {
        for (; i < run.end; ++i) use(*of_bucket, rows.numbers[i]);
      } else {
        for (; i < run.end; ++i) use(of_bucket[rows.groups[rows.numbers[i]] * slice_.count], rows.numbers[i]);
      }
    }
  }
  void count(const Rows& rows) {
    if (!rows.groups.empty()) return for_each(rows, [](State& state, std::uint32_t) { ++state.events; });
    std::uint32_t begin = 0;
    for (const BucketRun& run : rows.runs) states_[run.bucket].events += run.end - std::exchange(begin, run.end);
  }
  void add_ids(const ports::ColumnBatch& batch, std::size_t column, const Rows& rows) {
    const auto ids = batch.integers(column);
    if (!rows.groups.empty() || batch.has_nulls(column)) return add_cells(batch, column, ids, rows);
    const std::int64_t most = ids.empty() ? 0 : *std::ranges::max_element(ids);
    std::size_t begin = 0;
    for (const BucketRun& run : rows.runs) {
      const auto numbers = rows.numbers.subspan(begin, run.end - begin);
      begin = run.end;
      states_[run.bucket].distinct.add(numbers.size(), most, [&](std::size_t i) { return ids[numbers[i]]; });
    }
  }
  template <typename Cell>
  void add_cells(const ports::ColumnBatch& batch, std::size_t column, std::span<const Cell> cells, const Rows& rows) {
    if (batch.has_nulls(column)) {
      for_each(rows, [&](State& state, std::uint32_t row) {
        if (!batch.is_null(column, row)) state.add(cells[row]);
      });
    } else {
      for_each(rows, [&](State& state, std::uint32_t row) { state.add(cells[row]); });
    }
  }

  const Measure measure_;
  const std::size_t rolling_;
  Slice slice_;
  std::vector<State> states_;  ///< by group, then by bucket
  std::vector<State> totals_;
  std::size_t rows_ = 0;
};

}  // namespace

Result<Measure> parse_measure(std::string_view text, std::string_view pointer) {
  std::string known;
  for (const auto& [name, measure] : kMeasures) {
    if (name == text) return measure;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return refuse(pointer, "must be one of " + known);
}

bool is_of_ids(Measure measure) {
  return measure == Measure::unique_users || measure == Measure::sessions || measure == Measure::per_user;
}

bool is_of_numbers(Measure measure) { return measure != Measure::count && !is_of_ids(measure); }

std::unique_ptr<Tally> make_tally(Measure measure, std::size_t rolling) {
  if (measure == Measure::count) return std::make_unique<Cells<Count>>(measure, rolling);
  if (is_of_ids(measure)) return std::make_unique<Cells<Ids>>(measure, rolling);
  if (measure == Measure::sum || measure == Measure::avg || measure == Measure::min || measure == Measure::max) {
    return std::make_unique<Cells<Sums>>(measure, rolling);
  }
  return std::make_unique<Cells<Values>>(measure, rolling);
}

}  // namespace spectrum::query
