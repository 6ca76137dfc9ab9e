// One scan counts events by bucket and by type; users are bits, one set of them for each bucket and type. When these are
// more than the memory holds, another scan counts the next ones.
#include "query/metrics.h"

#include <algorithm>

#include "query/filter.h"
#include "query/sql.h"
#include "query/text_index.h"
#include "query/user_set.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

class MetricsRun {
 public:
  MetricsRun(ports::Warehouse& warehouse, const Scope& scope, std::vector<Bucket> buckets)
      : warehouse_(warehouse), scope_(scope), buckets_(std::move(buckets)), counts_(buckets_.size()) {}

  Result<Metrics> answer(const std::string& event_type) {
    TRY(const auto highest, warehouse_.query(sql::highest_ids, {}, scope_.stop));
    const auto bytes_per_set = static_cast<std::uint64_t>(std::get<std::int64_t>(highest.rows[0][0])) / 8 + sizeof(UserSet);
    const std::size_t most = std::max<std::uint64_t>(scope_.memory_bytes / bytes_per_set, 1);
    UserSet all;
    for (std::size_t first = 0; first < counts_.size(); first += most) {
      users_.assign(most < counts_.size() ? most : counts_.size(), UserSet());
      CHECK_OK(scan(event_type, first, most));
      for (std::size_t key = first; key < std::min(first + most, counts_.size()); ++key) {
        counts_[key].users = users_[key - first].size();
        if (key < buckets_.size()) all.merge(users_[key - first]);
      }
    }
    return read(all.size());
  }

 private:
  /// Counts events, unless that is done, and the users of the keys from `first` on, `most` of them. The keys are the
  /// buckets and then the types.
  Status scan(const std::string& event_type, std::size_t first, std::size_t most) {
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    const std::string condition = event_type.empty() ? "TRUE" : "e.event_type = " + compiler.parameter(event_type);
    const auto sql = warehouse::fill(sql::metrics, {{"time", time_condition(scope_.range)}, {"condition", condition}});
    const BucketIndex bucket_of(buckets_);
    std::vector<BucketRun> runs;
    const bool counts_events = first == 0;
    const auto has_users = [&](std::size_t key) { return key - first < most; };
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      bucket_of.find(batch.integers(0), runs);
      const auto users = batch.integers(1);
      const auto types = batch.codes(2);
      std::uint32_t begin = 0;
      for (const BucketRun& run : runs) {
        if (counts_events) counts_[run.bucket].count += run.end - begin;
        if (has_users(run.bucket)) {
          UserSet& of_bucket = users_[run.bucket - first];
          for (auto row = begin; row < run.end; ++row) of_bucket.add(users[row]);
        }
        begin = run.end;
      }
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        const std::size_t key = buckets_.size() + static_cast<std::size_t>(types[row]);
        if (key >= counts_.size()) counts_.resize(key + 1);
        if (counts_events) ++counts_[key].count;
        if (!has_users(key)) continue;
        if (key - first >= users_.size()) users_.resize(key - first + 1);
        users_[key - first].add(users[row]);
      }
      return {};
    };
    const ports::CodedColumn types{"event_type", [&](std::string_view type) { return static_cast<std::int32_t>(types_.add(type)); }};
    return warehouse_.scan(sql, compiler.parameters(), take, scope_.stop, {&types, 1});
  }

  Metrics read(std::int64_t users) {
    Metrics metrics;
    metrics.total.users = users;
    metrics.series.assign(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(buckets_.size()));
    for (const auto& counts : metrics.series) metrics.total.count += counts.count;
    for (std::size_t key = buckets_.size(); key < counts_.size(); ++key) {
      if (counts_[key].count > 0) metrics.by_type.push_back({counts_[key], types_[key - buckets_.size()]});
    }
    std::ranges::sort(metrics.by_type, [](const Metrics::Type& a, const Metrics::Type& b) {
      return a.count != b.count ? a.count > b.count : a.event_type < b.event_type;
    });
    metrics.buckets = std::move(buckets_);
    return metrics;
  }

  ports::Warehouse& warehouse_;
  const Scope& scope_;
  std::vector<Bucket> buckets_;
  TextIndex types_;
  std::vector<Metrics::Counts> counts_;  ///< by key
  std::vector<UserSet> users_;           ///< of the keys of this scan
};

}  // namespace

Result<Metrics> ask_metrics(ports::Warehouse& warehouse, const Scope& scope, const std::string& event_type,
                            Interval interval) {
  TRY(auto buckets, make_buckets(scope.range, interval));
  return MetricsRun(warehouse, scope, std::move(buckets)).answer(event_type);
}

}  // namespace spectrum::query
