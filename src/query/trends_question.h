#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "query/breakdown.h"
#include "query/filter.h"
#include "query/formula.h"
#include "query/scope.h"
#include "query/tally.h"

namespace spectrum::query {

enum class Compare { nothing, previous_period, previous_year };

struct Series {
  const Json* selector = nullptr;
  std::string pointer;
  std::string name;
  Measure measure = Measure::count;
  std::string property;
};

/// A body of `trends`, understood.
struct TrendsQuestion {
  Interval interval = Interval::day;
  std::size_t rolling = 1;
  Compare compare = Compare::nothing;
  BreakdownOptions breakdown;
  std::vector<Series> series;
  std::vector<std::string> formula_texts;
  std::vector<Formula> formulas;
  const Json* filters = nullptr;

  /// The body has to outlive it.
  static Result<TrendsQuestion> parse(const Json& body);
};

/// Which events a series measures.
Result<std::string> condition_of(const Series& series, const TrendsQuestion& question, FilterCompiler& compiler);
/// Which combinations have rows of their own: those of most events that any of the series matches.
Result<Ranking> rank_events(ports::Warehouse& warehouse, const Scope& scope, const TrendsQuestion& question);

/// A range in buckets. The first `lead` of them lie before it: the first rolling windows need them.
struct Axis {
  TimeRange range;
  std::vector<Bucket> buckets;
  std::size_t lead = 0;

  /// Whether windows see more of the first day than the range does.
  bool cuts_a_window(const TimeRange& asked) const { return lead > 0 && buckets[lead].start != asked.from; }

  static Result<Axis> of(const TimeRange& range, Interval interval, std::size_t lead);

  /// What a number of a bucket sees: the bucket, and as many before it as lead. No label: all behind `lead`.
  Result<TimeRange> time_of(const std::string& label) const;
};

}  // namespace spectrum::query
