// One scan reads the events of all series, which are counted here: sets of users as bits, so that windows and totals are
// unions of what the buckets hold.
#include "query/trends.h"

#include <algorithm>

#include "query/failure.h"
#include "query/selectors.h"
#include "query/sql.h"
#include "query/trends_question.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// What the numbers of all series may take while they are counted.
constexpr std::size_t kMemory = 128u << 20;

/// The numbers of one series, by the rows of a ranking.
struct Measured {
  std::vector<std::vector<Number>> values;
  std::vector<Number> totals;
};

using Tallies = std::vector<std::unique_ptr<Tally>>;

/// Some of the rows of a batch.
class Chosen {
 public:
  /// Those for which `matches(row)` is 1, not 0.
  template <typename Matches>
  void choose(const Rows& from, const Matches& matches) {
    numbers_.resize(from.numbers.size());
    runs_.clear();
    std::uint32_t i = 0, count = 0;
    for (const BucketRun& run : from.runs) {
      for (; i < run.end; ++i) {
        numbers_[count] = from.numbers[i];
        count += matches(from.numbers[i]);
      }
      runs_.push_back({run.bucket, count});
    }
    numbers_.resize(count);
  }
  Rows rows(const Rows& from) const { return {numbers_, runs_, from.groups}; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::vector<BucketRun> runs_;
};

/// What a statement selects behind the minute, each once, and where that of each series is.
struct Columns {
  std::string text;
  std::vector<std::string> added;
  std::vector<std::size_t> of_series;

  std::size_t size() const { return 1 + added.size(); }
  std::size_t add(std::string column) {
    if (column.empty()) return 0;
    const auto found = std::ranges::find(added, column);
    if (found != added.end()) return 1 + static_cast<std::size_t>(found - added.begin());
    text += ", " + column;
    added.push_back(std::move(column));
    return added.size();
  }
};

class TrendsRun {
 public:
  TrendsRun(ports::Warehouse& warehouse, const Scope& scope, const TrendsQuestion& question)
      : warehouse_(warehouse), scope_(scope), question_(question) {}

  Result<Trends> answer() {
    CHECK_OK(read_highest_ids());
    const std::size_t lead = question_.rolling - 1;
    TRY(const Axis axis, Axis::of(scope_.range, question_.interval, lead));
    TRY(const auto measured, measure_and_rank(axis));
    Trends trends;
    trends.buckets.assign(axis.buckets.begin() + static_cast<std::ptrdiff_t>(lead), axis.buckets.end());
    for (const auto& bucket : trends.buckets) trends.complete.push_back(bucket.end <= scope_.now);
    trends.rows = rows(measured);
    if (question_.compare == Compare::nothing) return trends;

    const TimeRange before =
        question_.compare == Compare::previous_year ? previous_year(scope_.range) : previous_period(scope_.range);
    TRY(const Axis axis_before, Axis::of(before, question_.interval, lead));
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

  /// What one bucket of one row takes in all series, about.
  std::size_t bytes_per_bucket() const {
    constexpr std::size_t kNumbers = 48;
    std::size_t bytes = 0;
    for (const auto& series : question_.series) {
      const bool is_of_sessions = series.measure == Measure::sessions;
      bytes += kNumbers + (is_of_ids(series.measure) ? static_cast<std::size_t>(is_of_sessions ? highest_session_ : highest_user_) / 8 : 0);
    }
    return bytes;
  }

  Tallies make_tallies(std::size_t rolling) const {
    Tallies tallies;
    for (const auto& series : question_.series) tallies.push_back(make_tally(series.measure, rolling));
    return tallies;
  }

  Result<std::vector<Measured>> measure_and_rank(const Axis& axis) {
    if (question_.breakdown.properties.empty()) {
      ranking_.top.emplace_back();
      return measure_all(axis, scope_.range);
    }
    if (axis.lead == 0) {
      TRY(auto measured, measure_every_combination(axis));
      if (!measured.empty()) return measured;
    }
    TRY(ranking_, rank_events(warehouse_, scope_, question_));
    return measure_all(axis, scope_.range);
  }

  /// In one scan: whatever combination comes is counted, and the smaller ones are poured together in the end. Nothing when
  /// they are too many for the memory.
  Result<std::vector<Measured>> measure_every_combination(const Axis& axis) {
    const std::size_t most = kMemory / bytes_per_bucket() / axis.buckets.size();
    auto tallies = make_tallies(1);
    const auto counts_all = [&](const Series& series) { return series.measure == Measure::count && takes_all(series); };
    const auto ranked_by = static_cast<std::size_t>(std::ranges::find_if(question_.series, counts_all) - question_.series.begin());
    if (ranked_by == tallies.size()) tallies.push_back(make_tally(Measure::count, 1));
    const Slice whole{0, axis.buckets.size(), 0};
    for (const auto& tally : tallies) tally->begin(whole, 0);
    Groups groups(question_.breakdown.properties.size());
    TRY(const bool fits, scan(axis, whole, groups, most, tallies));
    if (!fits) return std::vector<Measured>();
    std::vector<std::uint32_t> row_of_group;
    ranking_ = groups.rank(events_of_groups(*tallies[ranked_by], groups.size(), whole), question_.breakdown.top, row_of_group);
    std::vector<Measured> measured(question_.series.size());
    for (std::size_t i = 0; i < measured.size(); ++i) {
      tallies[i]->fold(row_of_group, ranking_.top.size() + 1);
      tallies[i]->end();
      read_values(*tallies[i], whole, measured[i]);
      read_totals(*tallies[i], measured[i]);
    }
    return measured;
  }

  /// Whether a series measures every event that is read.
  bool takes_all(const Series& series) const {
    const Json* const event = series.selector->find("event");
    const bool is_any = !series.selector->find("filters") && (!event || event->is_null() || (event->string() && *event->string() == "*"));
    return is_any || question_.series.size() == 1;
  }

  static std::vector<std::int64_t> events_of_groups(const Tally& counts, std::size_t groups, const Slice& slice) {
    std::vector<std::int64_t> events(groups);
    for (std::size_t group = 0; group < groups; ++group) {
      for (std::size_t bucket = 0; bucket < slice.count; ++bucket) events[group] += static_cast<std::int64_t>(*counts.value(group, bucket));
    }
    return events;
  }

  Result<std::vector<Measured>> measure_all(const Axis& axis, const TimeRange& asked) {
    TRY(auto all, measure(axis));
    if (!axis.cuts_a_window(asked)) return all;
    TRY(const Axis plain, Axis::of(asked, question_.interval, 0));
    TRY(auto of_range, measure(plain));
    for (std::size_t i = 0; i < all.size(); ++i) all[i].totals = std::move(of_range[i].totals);
    return all;
  }

  Result<std::vector<Measured>> measure(const Axis& axis) {
    const std::size_t rows = ranking_.top.size() + 1;
    const std::size_t most = std::max(axis.lead + 1, kMemory / (bytes_per_bucket() * rows));
    const auto tallies = make_tallies(axis.lead + 1);
    std::vector<Measured> measured(tallies.size());
    for (std::size_t done = axis.lead; done < axis.buckets.size();) {
      const Slice slice{done - axis.lead, std::min(most, axis.buckets.size() - done + axis.lead), axis.lead};
      Groups groups(question_.breakdown.properties.size(), ranking_);
      for (const auto& tally : tallies) tally->begin(slice, rows);
      TRY(const bool fits, scan(axis, slice, groups, rows, tallies));
      if (!fits) {
        return refuse(too_large_ + "/measure", "percentiles are of at most " + std::to_string(kMostValues) + " values; choose a shorter range, or filter");
      }
      for (std::size_t i = 0; i < tallies.size(); ++i) {
        tallies[i]->end();
        read_values(*tallies[i], slice, measured[i]);
      }
      done += slice.count - slice.lead;
    }
    for (std::size_t i = 0; i < tallies.size(); ++i) read_totals(*tallies[i], measured[i]);
    return measured;
  }

  /// Shows the events of a slice to all tallies. False: there is more than the memory holds.
  Result<bool> scan(const Axis& axis, const Slice& slice, Groups& groups, std::size_t most_groups, const Tallies& tallies) {
    const std::vector<Bucket> buckets(axis.buckets.begin() + static_cast<std::ptrdiff_t>(slice.first),
                                      axis.buckets.begin() + static_cast<std::ptrdiff_t>(slice.first + slice.count));
    const BucketIndex bucket_of(buckets);
    const TimeRange range{std::max(axis.range.from, buckets.front().start), std::min(axis.range.until, buckets.back().end),
                          axis.range.zone};
    FilterCompiler compiler = begin_parameters(scope_, range);
    Columns columns;
    for (const auto& series : question_.series) {
      TRY(auto column, measured_column(series, compiler));
      columns.of_series.push_back(columns.add(std::move(column)));
    }
    columns.of_series.resize(tallies.size());  // One that is there to rank counts events and looks at no column.
    Selectors selectors;
    for (const auto& series : question_.series) CHECK_OK(selectors.add(*series.selector, series.pointer, compiler));
    TRY(const auto texts, texts_of(question_.breakdown, compiler));
    // Where nothing but types is looked at, it is cheaper to look at each here.
    const bool is_of_types = !selectors.have_filters() && texts.empty();
    const bool tells_apart = selectors.size() > 1 || (is_of_types && !selectors.is_any(0));
    const std::size_t first_bits = columns.size();
    if (tells_apart) columns.text += selectors.columns();
    const std::size_t first_text = first_bits + (tells_apart ? selectors.width() : 0);
    columns.text += Groups::columns(texts);
    TRY(const auto filtered, compiler.filters(question_.filters, "/filters"));
    const auto any = is_of_types ? "TRUE" : selectors.any(compiler);
    const auto sql = warehouse::fill(sql::trends, {{"columns", columns.text},
                                                   {"joins", compiler.joins()},
                                                   {"time", time_condition(range)},
                                                   {"condition", any + " AND " + filtered}});

    bool fits = true;
    std::vector<std::uint32_t> group_of_row, every_row, matches;
    std::vector<BucketRun> runs;
    Chosen matched;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      groups.sort(batch, first_text, group_of_row);
      fits = groups.size() <= most_groups;
      if (!fits) return limited("more groups than fit into memory");
      bucket_of.find(batch.integers(0), runs);
      while (every_row.size() < batch.rows()) every_row.push_back(static_cast<std::uint32_t>(every_row.size()));
      const Rows all{std::span(every_row).first(batch.rows()), runs, group_of_row};
      if (tells_apart) selectors.find(batch, first_bits, matches);
      for (std::size_t i = 0; i < tallies.size(); ++i) {
        const bool takes_all = i == question_.series.size() || !tells_apart || selectors.is_any(i);
        if (!takes_all) matched.choose(all, [&](std::uint32_t row) { return matches[row] >> i & 1; });
        tallies[i]->grow(groups.size());
        fits = tallies[i]->add(batch, columns.of_series[i], takes_all ? all : matched.rows(all));
        if (fits) continue;
        too_large_ = question_.series[i].pointer;
        return limited("more values than fit into memory");
      }
      return {};
    };
    auto coded = groups.coded();
    if (tells_apart) coded.push_back(selectors.types());
    const Status scanned = warehouse_.scan(sql, compiler.parameters(), take, scope_.stop, coded);
    if (!scanned.ok() && fits) return scanned.error();
    return fits;
  }

  /// What a measure looks at; empty: the event alone.
  static Result<std::string> measured_column(const Series& series, FilterCompiler& compiler) {
    if (series.measure == Measure::sessions) return std::string("e.session_id");
    if (is_of_ids(series.measure)) return std::string("e.user_id");
    if (!is_of_numbers(series.measure)) return std::string();
    TRY(const auto property, compiler.property(series.property, series.pointer + "/property"));
    return property.number;
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
        rows.push_back({question_.series[i].name, names[name], ranking_.other_values(name), measured[i].values[name], measured[i].totals[name], {}});
      }
    }
    for (std::size_t i = 0; i < question_.formulas.size(); ++i) {
      for (std::size_t name = 0; name < names.size(); ++name) {
        rows.push_back(row_of(question_.formulas[i], question_.formula_texts[i], measured, name, names[name]));
        rows.back().other_values = ranking_.other_values(name);
      }
    }
    return rows;
  }

  static Trends::Row row_of(const Formula& formula, const std::string& text, const std::vector<Measured>& measured,
                            std::size_t name, const Combination& combination) {
    Trends::Row row{text, combination, {}, {}, {}, {}};
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
  std::string too_large_;  ///< the place of a series that has more values than fit
};

}  // namespace

Result<Trends> ask_trends(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const auto question, TrendsQuestion::parse(body));
  return TrendsRun(warehouse, scope, question).answer();
}

}  // namespace spectrum::query
