// Each series is one scan of its events, which are counted here: sets of users as bits, so that windows and totals are
// unions of what the buckets hold.
#include "query/trends.h"

#include <algorithm>

#include "query/failure.h"
#include "query/sql.h"
#include "query/trends_question.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// What the numbers of one series may take while it is counted.
constexpr std::size_t kMemory = 64u << 20;

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
    ranking_ = groups.rank(groups.events(), question_.breakdown.top, row_of_group);
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
        TRY(const Axis plain, Axis::of(asked, question_.interval, 0));
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
        return refuse(series.pointer + "/measure", "percentiles are of at most " + std::to_string(kMostValues) + " values; choose a shorter range, or filter");
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
    TRY(const auto texts, texts_of(question_.breakdown, compiler));
    columns += Groups::columns(texts);
    TRY(const auto condition, condition_of(series, question_, compiler));
    const auto sql = warehouse::fill(
        sql::trends, {{"columns", columns}, {"joins", compiler.joins()}, {"time", time_condition(range)}, {"condition", condition}});

    bool fits = true;
    std::vector<std::uint32_t> group_of_row, bucket_of_row;
    std::vector<Cell> cells;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      groups.sort(batch, first_text, group_of_row);
      fits = groups.size() <= most_groups;
      if (fits) tally.grow(groups.size());
      bucket_of.find(batch.integers(0), bucket_of_row);
      cells.resize(batch.rows());
      for (std::size_t row = 0; row < cells.size(); ++row) cells[row] = {group_of_row[row], bucket_of_row[row]};
      fits = fits && tally.add(batch, 1, cells);
      return fits ? Status() : limited("too much for the memory");
    };
    const Status scanned = warehouse_.scan(sql, compiler.parameters(), take, scope_.stop, groups.coded());
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
  TRY(const auto question, TrendsQuestion::parse(body));
  return TrendsRun(warehouse, scope, question).answer();
}

}  // namespace spectrum::query
