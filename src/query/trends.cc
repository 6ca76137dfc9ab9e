// Each series is one scan of its events, which are counted here: sets of users as bits, so that windows and totals are
// unions of what the buckets hold.
#include "query/trends.h"

#include <algorithm>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/sql.h"
#include "query/tally.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxSeries = 20;
constexpr std::size_t kMaxFormulas = 20;
/// What the numbers of one series may take while it is counted.
constexpr std::size_t kMemory = 64u << 20;

enum class Compare { nothing, previous_period, previous_year };

struct Series {
  const Json* selector = nullptr;
  std::string pointer;
  std::string name;
  Measure measure = Measure::count;
  std::string property;
};

/// A request, understood.
struct TrendsQuestion {
  Interval interval = Interval::day;
  std::size_t rolling = 1;
  Compare compare = Compare::nothing;
  Breakdown breakdown;
  std::vector<Series> series;
  std::vector<std::string> formula_texts;
  std::vector<Formula> formulas;
  const Json* filters = nullptr;
};

Result<Series> parse_series(const Json& selector, std::size_t index) {
  Series series;
  series.selector = &selector;
  series.pointer = "/series/" + std::to_string(index);
  CHECK_OK(check_members(selector, series.pointer, {"event", "filters", "measure", "property", "name"}));
  TRY(const auto measure, text_member(selector, series.pointer, "measure", "count"));
  TRY(series.measure, parse_measure(measure, series.pointer + "/measure"));
  TRY(series.property, text_member(selector, series.pointer, "property", "value"));
  TRY(series.name, text_member(selector, series.pointer, "name", std::string(1, static_cast<char>('A' + index))));
  return series;
}

Result<std::vector<Series>> parse_all_series(const Json& body) {
  const Json* const list = body.find("series");
  if (!list || !list->array() || list->array()->empty()) {
    return refuse("/series", "must be a list with at least one series, such as [{\"event\":\"page_view\"}]");
  }
  if (list->array()->size() > kMaxSeries) {
    return refuse("/series", "must not hold more than " + std::to_string(kMaxSeries) + " series");
  }
  std::vector<Series> all;
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    TRY(auto series, parse_series((*list->array())[i], i));
    if (std::ranges::find(all, series.name, &Series::name) != all.end()) {
      return refuse(series.pointer + "/name", "two series are called '" + series.name + "'");
    }
    all.push_back(std::move(series));
  }
  return all;
}

Status parse_formulas(const Json& body, TrendsQuestion& question) {
  const Json* const list = body.find("formulas");
  if (!list || list->is_null()) return {};
  if (!list->array()) return refuse("/formulas", "must be a list of formulas, such as [\"A / B\"]");
  if (list->array()->size() > kMaxFormulas) {
    return refuse("/formulas", "must not hold more than " + std::to_string(kMaxFormulas) + " formulas");
  }
  std::vector<std::string> names;
  for (const auto& series : question.series) names.push_back(series.name);
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const std::string pointer = "/formulas/" + std::to_string(i);
    const auto* const text = (*list->array())[i].string();
    if (!text) return refuse(pointer, "must be text such as \"A / B\"");
    TRY(auto formula, Formula::parse(*text, names, pointer));
    question.formula_texts.push_back(*text);
    question.formulas.push_back(std::move(formula));
  }
  return {};
}

Result<std::size_t> parse_rolling(const Json& body, const TrendsQuestion& question) {
  const Json* const rolling = body.find("rolling");
  if (!rolling || rolling->is_null()) return std::size_t{1};
  if (!rolling->integer() || (*rolling->integer() != 7 && *rolling->integer() != 28)) return refuse("/rolling", "must be 7 or 28");
  const bool counts_users = std::ranges::all_of(
      question.series, [](const Series& series) { return series.measure == Measure::unique_users; });
  if (question.interval != Interval::day || !counts_users) {
    return refuse("/rolling", "goes with the measure unique_users by day only");
  }
  return static_cast<std::size_t>(*rolling->integer());
}

Result<Compare> parse_compare(const Json& body) {
  TRY(const auto compare, text_member(body, "", "compare", ""));
  if (compare.empty()) return Compare::nothing;
  if (compare == "previous_period") return Compare::previous_period;
  if (compare == "previous_year") return Compare::previous_year;
  return refuse("/compare", "must be previous_period or previous_year");
}

Result<TrendsQuestion> parse(const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "series", "interval",
                                    "formulas", "breakdown", "top", "compare", "rolling"}));
  TrendsQuestion question;
  TRY(const auto interval, text_member(body, "", "interval", "day"));
  TRY(question.interval, parse_interval(interval, "/interval"));
  TRY(question.series, parse_all_series(body));
  CHECK_OK(parse_formulas(body, question));
  TRY(question.breakdown, Breakdown::parse(body));
  TRY(question.compare, parse_compare(body));
  TRY(question.rolling, parse_rolling(body, question));
  question.filters = body.find("filters");
  return question;
}

FilterCompiler begin_parameters(const Scope& scope, const TimeRange& range) {
  FilterCompiler compiler;
  compiler.parameter(scope.project.number);
  compiler.parameter(range.from);
  compiler.parameter(range.until);
  compiler.parameter(static_cast<std::int64_t>(scope.as_of));
  return compiler;
}

Result<std::string> condition_of(const Series& series, const TrendsQuestion& question, FilterCompiler& compiler) {
  TRY(const auto selected, compiler.selector(*series.selector, series.pointer));
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  return selected + " AND " + filtered;
}

/// Which combinations have rows of their own: those of most events that any of the series matches.
Result<Ranking> rank_events(ports::Warehouse& warehouse, const Scope& scope, const TrendsQuestion& question) {
  FilterCompiler compiler = begin_parameters(scope, scope.range);
  std::string any;
  for (const auto& series : question.series) {
    TRY(const auto selected, compiler.selector(*series.selector, series.pointer));
    any += (any.empty() ? "(" : " OR ") + selected;
  }
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  return rank(warehouse, scope, question.breakdown, std::move(compiler), any + ") AND " + filtered);
}

/// A range in buckets. The first `lead` of them lie before it: the first rolling windows need them.
struct Axis {
  TimeRange range;
  std::vector<Bucket> buckets;
  std::size_t lead = 0;

  /// Whether windows see more of the first day than the range does.
  bool cuts_a_window(const TimeRange& asked) const { return lead > 0 && buckets[lead].start != asked.from; }
};

Result<Axis> make_axis(const TimeRange& range, Interval interval, std::size_t lead) {
  Axis axis{range, {}, lead};
  TRY(axis.buckets, make_buckets(range, interval));
  if (lead == 0) return axis;
  const std::size_t wanted = axis.buckets.size() + lead;
  // Some days more than needed, for not all have 24 hours; the first of them go.
  axis.range.from = axis.buckets.front().start - std::chrono::days(lead + 2);
  TRY(axis.buckets, make_buckets(axis.range, interval));
  axis.buckets.erase(axis.buckets.begin(), axis.buckets.end() - static_cast<std::ptrdiff_t>(wanted));
  axis.range.from = axis.buckets.front().start;
  return axis;
}

/// The numbers of one series, by the rows of a ranking.
struct Measured {
  std::vector<std::vector<Number>> values;
  std::vector<Number> totals;
};

class TrendsRun {
 public:
  TrendsRun(ports::Warehouse& warehouse, const Scope& scope, const TrendsQuestion& question)
      : warehouse_(warehouse), scope_(scope), question_(question) {}

  Result<Trends> answer() {
    CHECK_OK(read_highest_ids());
    const std::size_t lead = question_.rolling - 1;
    TRY(const Axis axis, make_axis(scope_.range, question_.interval, lead));
    TRY(const auto measured, measure_and_rank(axis));
    Trends trends;
    trends.buckets.assign(axis.buckets.begin() + static_cast<std::ptrdiff_t>(lead), axis.buckets.end());
    for (const auto& bucket : trends.buckets) trends.complete.push_back(bucket.end <= scope_.now);
    trends.rows = rows(measured);
    if (question_.compare == Compare::nothing) return trends;

    const TimeRange before =
        question_.compare == Compare::previous_year ? previous_year(scope_.range) : previous_period(scope_.range);
    TRY(const Axis axis_before, make_axis(before, question_.interval, lead));
    TRY(const auto measured_before, measure_all(axis_before, before));
    auto rows_before = rows(measured_before);
    for (std::size_t i = 0; i < trends.rows.size(); ++i) {
      trends.rows[i].compared = Trends::Compared{before, std::move(rows_before[i].values), rows_before[i].total};
    }
    return trends;
  }

 private:
  Status read_highest_ids() {
    TRY(const auto answer, warehouse_.query(sql::highest_ids, {}, scope_.stop));
    highest_user_ = std::get<std::int64_t>(answer.rows[0][0]);
    highest_session_ = std::get<std::int64_t>(answer.rows[0][1]);
    return {};
  }

  /// What one bucket of one row takes, about.
  std::size_t bytes_per_cell(const Series& series) const {
    constexpr std::size_t kNumbers = 48;
    if (!is_of_ids(series.measure)) return kNumbers;
    return kNumbers + static_cast<std::size_t>(series.measure == Measure::sessions ? highest_session_ : highest_user_) / 8;
  }

  Result<std::vector<Measured>> measure_and_rank(const Axis& axis) {
    if (question_.breakdown.properties.empty()) {
      ranking_.top.emplace_back();
      return measure_all(axis, scope_.range);
    }
    if (question_.series.size() == 1 && axis.lead == 0) {
      TRY(auto measured, measure_every_combination(question_.series.front(), axis));
      if (measured) return std::vector<Measured>{std::move(*measured)};
    }
    TRY(ranking_, rank_events(warehouse_, scope_, question_));
    return measure_all(axis, scope_.range);
  }

  /// In one scan: whatever combination comes is counted, and the smaller ones are poured together in the end. Nothing when
  /// they are too many for the memory.
  Result<std::optional<Measured>> measure_every_combination(const Series& series, const Axis& axis) {
    const std::size_t most = kMemory / bytes_per_cell(series) / axis.buckets.size();
    const auto tally = make_tally(series.measure, 1);
    const Slice whole{0, axis.buckets.size(), 0};
    tally->begin(whole, 0);
    Groups groups(question_.breakdown.properties.size());
    TRY(const bool fits, scan(series, axis, whole, groups, most, *tally));
    if (!fits) return std::optional<Measured>();
    std::vector<std::uint32_t> row_of_group;
    ranking_ = groups.rank(question_.breakdown.top, row_of_group);
    tally->fold(row_of_group, ranking_.top.size() + 1);
    tally->end();
    Measured measured;
    read_values(*tally, whole, measured);
    read_totals(*tally, measured);
    return std::optional(std::move(measured));
  }

  Result<std::vector<Measured>> measure_all(const Axis& axis, const TimeRange& asked) {
    std::vector<Measured> all;
    for (const auto& series : question_.series) {
      TRY(auto measured, measure(series, axis));
      if (axis.cuts_a_window(asked)) {
        TRY(const Axis plain, make_axis(asked, question_.interval, 0));
        TRY(auto of_range, measure(series, plain));
        measured.totals = std::move(of_range.totals);
      }
      all.push_back(std::move(measured));
    }
    return all;
  }

  Result<Measured> measure(const Series& series, const Axis& axis) {
    const std::size_t rows = ranking_.top.size() + 1;
    const std::size_t most = std::max(axis.lead + 1, kMemory / (bytes_per_cell(series) * rows));
    const auto tally = make_tally(series.measure, axis.lead + 1);
    Measured measured;
    for (std::size_t done = axis.lead; done < axis.buckets.size();) {
      const Slice slice{done - axis.lead, std::min(most, axis.buckets.size() - done + axis.lead), axis.lead};
      Groups groups(question_.breakdown.properties.size(), ranking_);
      tally->begin(slice, rows);
      TRY(const bool fits, scan(series, axis, slice, groups, rows, *tally));
      if (!fits) {
        return refuse(series.pointer + "/measure", "the range holds too many values for percentiles; choose a shorter one");
      }
      tally->end();
      read_values(*tally, slice, measured);
      done += slice.count - slice.lead;
    }
    read_totals(*tally, measured);
    return measured;
  }

  /// False: there is more than the memory holds.
  Result<bool> scan(const Series& series, const Axis& axis, const Slice& slice, Groups& groups, std::size_t most_groups,
                    Tally& tally) {
    const std::vector<Bucket> buckets(axis.buckets.begin() + static_cast<std::ptrdiff_t>(slice.first),
                                      axis.buckets.begin() + static_cast<std::ptrdiff_t>(slice.first + slice.count));
    const BucketIndex bucket_of(buckets);
    const TimeRange range{std::max(axis.range.from, buckets.front().start), std::min(axis.range.until, buckets.back().end),
                          axis.range.zone};
    FilterCompiler compiler = begin_parameters(scope_, range);
    std::string columns;
    if (is_of_ids(series.measure)) {
      columns = series.measure == Measure::sessions ? ", e.session_id" : ", e.user_id";
    } else if (is_of_numbers(series.measure)) {
      TRY(const auto property, compiler.property(series.property, series.pointer + "/property"));
      columns = ", " + property.number;
    }
    const std::size_t first_text = columns.empty() ? 1 : 2;
    TRY(const auto texts, question_.breakdown.texts(compiler));
    for (const auto& text : texts) columns += ", " + text;
    TRY(const auto condition, condition_of(series, question_, compiler));
    const auto sql = warehouse::fill(
        sql::trends, {{"columns", columns}, {"joins", compiler.joins()}, {"condition", condition}});

    bool fits = true;
    std::vector<std::uint32_t> group_of_row;
    std::vector<Cell> cells;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      groups.sort(batch, first_text, group_of_row);
      fits = groups.size() <= most_groups;
      if (fits) tally.grow(groups.size());
      const auto minutes = batch.integers(0);
      cells.resize(batch.rows());
      for (std::size_t row = 0; row < cells.size(); ++row) {
        cells[row] = {group_of_row[row], static_cast<std::uint32_t>(bucket_of(minutes[row]))};
      }
      fits = fits && tally.add(batch, 1, cells);
      return fits ? Status() : limited("too much for the memory");
    };
    const Status scanned = warehouse_.scan(sql, compiler.parameters(), take, scope_.stop);
    if (!scanned.ok() && fits) return scanned.error();
    return fits;
  }

  void read_values(const Tally& tally, const Slice& slice, Measured& measured) const {
    measured.values.resize(ranking_.names().size());
    for (std::size_t row = 0; row < measured.values.size(); ++row) {
      for (std::size_t bucket = slice.lead; bucket < slice.count; ++bucket) {
        measured.values[row].push_back(tally.value(row, bucket));
      }
    }
  }
  void read_totals(const Tally& tally, Measured& measured) const {
    for (std::size_t row = 0; row < measured.values.size(); ++row) measured.totals.push_back(tally.total(row));
  }

  /// The rows of all series, and then those of the formulas.
  std::vector<Trends::Row> rows(const std::vector<Measured>& measured) const {
    std::vector<Trends::Row> rows;
    const auto names = ranking_.names();
    for (std::size_t i = 0; i < measured.size(); ++i) {
      for (std::size_t name = 0; name < names.size(); ++name) {
        rows.push_back({question_.series[i].name, names[name], measured[i].values[name], measured[i].totals[name], {}});
      }
    }
    for (std::size_t i = 0; i < question_.formulas.size(); ++i) {
      for (std::size_t name = 0; name < names.size(); ++name) {
        rows.push_back(row_of(question_.formulas[i], question_.formula_texts[i], measured, name, names[name]));
      }
    }
    return rows;
  }

  static Trends::Row row_of(const Formula& formula, const std::string& text, const std::vector<Measured>& measured,
                            std::size_t name, const Combination& combination) {
    Trends::Row row{text, combination, {}, {}, {}};
    std::vector<Number> operands(measured.size());
    for (std::size_t bucket = 0; bucket < measured.front().values[name].size(); ++bucket) {
      for (std::size_t i = 0; i < measured.size(); ++i) operands[i] = measured[i].values[name][bucket];
      row.values.push_back(formula(operands));
    }
    for (std::size_t i = 0; i < measured.size(); ++i) operands[i] = measured[i].totals[name];
    row.total = formula(operands);
    return row;
  }

  ports::Warehouse& warehouse_;
  const Scope& scope_;
  const TrendsQuestion& question_;
  Ranking ranking_;
  std::int64_t highest_user_ = 0;
  std::int64_t highest_session_ = 0;
};

}  // namespace

Result<Trends> ask_trends(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const auto question, parse(body));
  return TrendsRun(warehouse, scope, question).answer();
}

}  // namespace spectrum::query
