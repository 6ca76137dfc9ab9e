#include "query/revenue.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/orders.h"
#include "query/sql.h"
#include "query/trends_question.h"
#include "query/user_set.h"
#include "query/users_of_events.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr std::int64_t kMaxProducts = 10'000;

/// A body of `revenue`, understood.
struct RevenueQuestion {
  std::string event;
  bool names_event = false;
  std::string refund_event;  ///< empty: none
  Interval interval = Interval::day;
  BreakdownOptions breakdown;
  std::size_t products = 100;
  const Json* filters = nullptr;
};

Result<RevenueQuestion> parse(const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "event", "refund_event",
                                    "interval", "breakdown", "top", "limit"}));
  RevenueQuestion question;
  TRY(question.event, text_member(body, "", "event", "purchase"));
  question.names_event = body.find("event") != nullptr;
  TRY(question.refund_event, text_member(body, "", "refund_event", ""));
  if (question.event == question.refund_event) return refuse("/refund_event", "must not be the event of the orders");
  TRY(const auto interval, text_member(body, "", "interval", "day"));
  TRY(question.interval, parse_interval(interval, "/interval"));
  TRY(question.breakdown, BreakdownOptions::parse(body));
  if (question.breakdown.properties.empty()) question.breakdown.properties = {"product.category"};
  if (const Json* const limit = body.find("limit"); limit && !limit->is_null()) {
    if (!limit->integer() || *limit->integer() < 1 || *limit->integer() > kMaxProducts) {
      return refuse("/limit", "must be a number from 1 to " + std::to_string(kMaxProducts));
    }
    question.products = static_cast<std::size_t>(*limit->integer());
  }
  question.filters = body.find("filters");
  return question;
}

constexpr std::string_view kHasAmount = " AND e.amount_minor IS NOT NULL";

enum class Events { orders, orders_and_refunds };

/// Which events a question is about, if they have an amount.
Result<std::string> condition_of(const RevenueQuestion& question, Events events, FilterCompiler& compiler) {
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  if (question.names_event) CHECK_OK(compiler.check_event(question.event, "/event"));
  if (!question.refund_event.empty()) CHECK_OK(compiler.check_event(question.refund_event, "/refund_event"));
  std::string chosen = "e.event_type = " + compiler.parameter(question.event);
  if (events == Events::orders_and_refunds && !question.refund_event.empty()) {
    chosen = "(" + chosen + " OR e.event_type = " + compiler.parameter(question.refund_event) + ")";
  }
  return chosen + " AND " + filtered;
}

Result<Ranking> rank_orders(ports::Warehouse& warehouse, const Scope& scope, const RevenueQuestion& question) {
  FilterCompiler compiler = begin_parameters(scope, scope.range);
  TRY(auto condition, condition_of(question, Events::orders, compiler));
  condition += kHasAmount;
  return rank(warehouse, scope, question.breakdown, std::move(compiler), condition);
}

/// Half goes up, also below zero.
std::optional<std::int64_t> rounded_quotient(std::int64_t sum, std::int64_t count) {
  if (count == 0) return {};
  const __int128 doubled = __int128{2} * sum + count;
  const __int128 divisor = __int128{2} * count;
  return static_cast<std::int64_t>(doubled / divisor - (doubled % divisor < 0 ? 1 : 0));
}

/// Whether an event is an order; the code of its type.
constexpr std::int32_t kOrder = 1;
constexpr std::int32_t kRefund = 0;

/// The number of the empty currency, and that of none.
constexpr std::int32_t kNoCurrency = 0;

/// Where the texts of a breakdown begin among the columns.
constexpr std::size_t kFirstText = 6;

/// What came in for one row of the answer.
struct Sums {
  std::vector<std::int64_t> net;
  std::vector<std::int64_t> orders;
  std::size_t values = 0;  ///< so many were poured into it

  /// Whether it fits into the numbers.
  bool merge(const Sums& other) {
    bool overflowed = false;
    values += !other.net.empty();
    net.resize(std::max(net.size(), other.net.size()));
    orders.resize(net.size());
    for (std::size_t i = 0; i < other.net.size(); ++i) {
      overflowed |= __builtin_add_overflow(net[i], other.net[i], &net[i]);
      orders[i] += other.orders[i];
    }
    return !overflowed;
  }
};

/// A currency and a product.
using ProductKey = std::pair<std::uint32_t, std::int64_t>;
struct ProductHash {
  std::size_t operator()(const ProductKey& key) const {
    return static_cast<std::size_t>(key.second) * 0x9E3779B97F4A7C15u ^ key.first;
  }
};

/// Who bought each product, everybody once.
class Buyers {
 public:
  explicit Buyers(std::uint64_t memory_bytes) : most_(memory_bytes / (2 * sizeof(std::int64_t))) {}

  /// False: there are more than the memory holds.
  bool add(std::uint32_t product, std::int64_t user) {
    if (size_ >= next_ && !compact()) return false;
    if (product >= users_.size()) users_.resize(product + 1);
    users_[product].push_back(user);
    ++size_;
    return true;
  }
  /// How many each product has.
  std::vector<std::int64_t> counts(std::size_t products) {
    compact();
    std::vector<std::int64_t> counts(products);
    for (std::size_t product = 0; product < users_.size(); ++product) counts[product] = static_cast<std::int64_t>(users_[product].size());
    return counts;
  }

 private:
  bool compact() {
    UserSet seen;
    size_ = 0;
    for (auto& users : users_) {
      std::erase_if(users, [&](std::int64_t user) { return !seen.add(user); });
      for (const auto user : users) seen.remove(user);
      size_ += users.size();
    }
    next_ = std::max(2 * size_, std::min<std::size_t>(most_, 1 << 16));
    return next_ <= most_;
  }

  std::size_t most_;
  std::size_t size_ = 0;
  std::size_t next_ = 0;  ///< at so many repeated ones are looked for
  std::vector<std::vector<std::int64_t>> users_;  ///< by product
};

Status too_large() { return refuse("/event", "the amounts are too large to be summed"); }

class RevenueRun {
 public:
  RevenueRun(ports::Warehouse& warehouse, const Scope& scope, const RevenueQuestion& question)
      : warehouse_(warehouse), scope_(scope), question_(question), buyers_of_product_(scope.memory_bytes / 2) {
    currencies_.add("");
  }

  Result<Revenue> answer() {
    TRY(revenue_.buckets, make_buckets(scope_.range, question_.interval));
    CHECK_OK(read_and_rank());
    write_totals();
    write_rows();
    CHECK_OK(write_products());
    return std::move(revenue_);
  }

 private:
  /// What all currencies and groups may take while they are summed.
  std::size_t most_groups() const { return scope_.memory_bytes / 2 / (2 * sizeof(std::int64_t) * revenue_.buckets.size()); }

  /// In one scan: whatever combination comes is summed, and the smaller ones are poured together in the end. When they
  /// are too many for the memory, they are ranked first.
  Status read_and_rank() {
    Groups every(question_.breakdown.properties.size());
    TRY(const bool fits, read(every));
    if (fits) {
      std::vector<std::uint32_t> row_of_group;
      ranking_ = every.rank(orders_of_groups(every.size()), question_.breakdown.top, row_of_group);
      for (auto& groups : sums_) {
        if (groups.empty()) continue;  // A currency of events that are left out.
        std::vector<Sums> rows(ranking_.top.size() + 1);
        for (std::size_t group = 0; group < groups.size(); ++group) overflowed_ |= !rows[row_of_group[group]].merge(groups[group]);
        groups = std::move(rows);
      }
      return overflowed_ ? too_large() : Status();
    }
    TRY(ranking_, rank_orders(warehouse_, scope_, question_));
    Groups ranked(question_.breakdown.properties.size(), ranking_);
    TRY(const bool fits_now, read(ranked));
    return fits_now ? Status() : too_much(scope_.memory_bytes, "ask about a shorter range");
  }

  std::vector<std::int64_t> orders_of_groups(std::size_t groups) const {
    std::vector<std::int64_t> orders(groups);
    for (const auto& sums : sums_) {
      for (std::size_t group = 0; group < sums.size(); ++group) {
        orders[group] = std::accumulate(sums[group].orders.begin(), sums[group].orders.end(), orders[group]);
      }
    }
    return orders;
  }

  /// False: there is more than the memory holds.
  Result<bool> read(Groups& groups) {
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    TRY(const auto condition, condition_of(question_, Events::orders_and_refunds, compiler));
    TRY(const auto texts, texts_of(question_.breakdown, compiler));
    const BucketIndex bucket_of(revenue_.buckets);
    begin();
    bool fits = true;
    const auto most = most_groups();
    std::vector<std::uint32_t> group_of_row;
    std::vector<BucketRun> runs;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      groups.sort(batch, kFirstText, group_of_row);
      bucket_of.find(batch.integers(0), runs);
      const auto amounts = batch.integers(1), users = batch.integers(2), products = batch.integers(3);
      const auto types = batch.codes(4), currencies = batch.codes(5);
      auto run = runs.begin();
      for (std::size_t row = 0; row < batch.rows() && fits; ++row) {
        if (row == run->end) ++run;
        if (batch.is_null(1, row)) continue;  // Looked at here, which is cheaper than in SQL.
        const auto currency = static_cast<std::uint32_t>(std::max(currencies[row], kNoCurrency));
        const bool is_order = types[row] == kOrder;
        add(currency, group_of_row[row], run->bucket, is_order, amounts[row], users[row]);
        fits = group_count_ <= most && (batch.is_null(3, row) || add_product(currency, products[row], is_order, amounts[row], users[row]));
      }
      if (overflowed_) return too_large();
      return fits ? Status() : limited("more groups than fit into memory");
    };
    auto coded = groups.coded();
    coded.push_back({"event_type", [&](std::string_view type) { return type == question_.event ? kOrder : kRefund; }});
    coded.push_back({"currency", [&](std::string_view currency) { return static_cast<std::int32_t>(currencies_.add(currency)); }});
    const auto scanned = is_of_orders() ? scope_.orders->scan(scope_, types(), Groups::columns(texts), take, coded) : Result(false);
    if (!fits) return false;
    TRY(const bool is_done, scanned);
    if (is_done) return true;
    const auto sql = warehouse::fill(sql::revenue, {{"texts", Groups::columns(texts)},
                                                    {"joins", compiler.joins()},
                                                    {"time", time_condition(scope_.range)},
                                                    {"condition", condition}});
    const Status read = warehouse_.scan(sql, compiler.parameters(), take, scope_.stop, coded);
    if (!read.ok() && fits) return read.error();
    return fits;
  }

  /// Whether it looks at nothing else of an event than what is remembered.
  bool is_of_orders() const {
    const auto* const filters = question_.filters;
    return scope_.orders && (!filters || filters->is_null() || (filters->array() && filters->array()->empty())) &&
           std::ranges::all_of(question_.breakdown.properties, is_of_products);
  }
  std::vector<std::string> types() const {
    std::vector<std::string> types = {question_.event};
    if (!question_.refund_event.empty()) types.push_back(question_.refund_event);
    return types;
  }

  void begin() {
    group_count_ = 0;
    totals_.clear();
    buyers_.clear();
    sums_.clear();
    products_.clear();
    sums_of_product_.clear();
    buyers_of_product_ = Buyers(scope_.memory_bytes / 2);
  }

  void add(std::uint32_t currency, std::uint32_t group, std::size_t bucket, bool is_order, std::int64_t amount, std::int64_t user) {
    if (currency >= totals_.size()) {
      totals_.resize(currency + 1);
      buyers_.resize(currency + 1);
      sums_.resize(currency + 1);
    }
    if (group >= sums_[currency].size()) sums_[currency].resize(group + 1);
    Sums& sums = sums_[currency][group];
    if (sums.net.empty()) {
      sums = {std::vector<std::int64_t>(revenue_.buckets.size()), std::vector<std::int64_t>(revenue_.buckets.size())};
      ++group_count_;
    }
    Revenue::Total& total = totals_[currency];
    if (is_order) {
      buyers_[currency].add(user);
      ++total.orders;
      ++sums.orders[bucket];
      overflowed_ |= __builtin_add_overflow(total.gross, amount, &total.gross);
      overflowed_ |= __builtin_add_overflow(sums.net[bucket], amount, &sums.net[bucket]);
    } else {
      overflowed_ |= __builtin_add_overflow(total.refunds, amount, &total.refunds);
      overflowed_ |= __builtin_sub_overflow(sums.net[bucket], amount, &sums.net[bucket]);
    }
  }

  bool add_product(std::uint32_t currency, std::int64_t product, bool is_order, std::int64_t amount, std::int64_t user) {
    const auto [found, is_new] = products_.try_emplace({currency, product}, static_cast<std::uint32_t>(sums_of_product_.size()));
    if (is_new) sums_of_product_.emplace_back();
    Revenue::Product& sums = sums_of_product_[found->second];
    overflowed_ |= is_order ? __builtin_add_overflow(sums.net, amount, &sums.net) : __builtin_sub_overflow(sums.net, amount, &sums.net);
    sums.orders += is_order;
    return !is_order || buyers_of_product_.add(found->second, user);
  }

  /// The best by net, then by sku.
  Status write_products() {
    TRY(const auto rows, names_of_products());
    const auto buyers = buyers_of_product_.counts(sums_of_product_.size());
    for (const auto& [key, number] : products_) {
      const auto names = rows.find(key.second);
      if (names == rows.end()) continue;
      Revenue::Product product = names->second;
      product.currency = currencies_[key.first];
      product.net = sums_of_product_[number].net;
      product.orders = sums_of_product_[number].orders;
      product.buyers = buyers[number];
      revenue_.products.push_back(std::move(product));
    }
    std::ranges::sort(revenue_.products, [](const Revenue::Product& a, const Revenue::Product& b) {
      return a.net != b.net ? a.net > b.net : std::tie(a.sku, a.currency) < std::tie(b.sku, b.currency);
    });
    revenue_.products.resize(std::min(revenue_.products.size(), question_.products));
    return {};
  }

  /// Of those that were sold or given back.
  Result<std::unordered_map<std::int64_t, Revenue::Product>> names_of_products() {
    std::unordered_map<std::int64_t, Revenue::Product> names;
    for (const auto& [key, number] : products_) names.try_emplace(key.second);
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      const auto ids = batch.integers(0);
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        const auto wanted = names.find(ids[row]);
        if (wanted == names.end()) continue;
        const auto text = [&](std::size_t column) { return std::string(batch.text(column, row)); };
        wanted->second = {{}, text(1), text(2), text(3)};
      }
      return {};
    };
    const std::array<ports::Value, 1> parameters = {scope_.project.number};
    if (!names.empty()) CHECK_OK(warehouse_.scan(sql::revenue_products, parameters, take, scope_.stop));
    return names;
  }

  void write_totals() {
    for (std::size_t i = 0; i < totals_.size(); ++i) {
      if (sums_[i].empty()) continue;
      totals_[i].currency = currencies_[i];
      totals_[i].buyers = buyers_[i].size();
      revenue_.totals.push_back(totals_[i]);
    }
    std::ranges::sort(revenue_.totals, {}, &Revenue::Total::currency);
  }

  void write_rows() {
    auto names = ranking_.top;
    names.emplace_back(question_.breakdown.properties.size(), std::string(kOther));
    for (const auto& total : revenue_.totals) {
      auto& groups = sums_[currencies_.find(total.currency)];
      for (std::size_t group = 0; group < groups.size(); ++group) {
        if (groups[group].net.empty()) continue;
        const bool is_counted = group == ranking_.top.size() && groups[group].values > 0;
        revenue_.rows.push_back({total.currency, names[group], is_counted ? std::optional(groups[group].values) : std::nullopt, std::move(groups[group].net), std::move(groups[group].orders)});
      }
    }
  }

  ports::Warehouse& warehouse_;
  const Scope& scope_;
  const RevenueQuestion& question_;
  Ranking ranking_;
  TextIndex currencies_;
  std::vector<Revenue::Total> totals_;      ///< by the number of the currency, like the two below
  std::vector<UserSet> buyers_;
  std::vector<std::vector<Sums>> sums_;     ///< then by group, and by row in the end
  std::size_t group_count_ = 0;             ///< of all currencies
  std::unordered_map<ProductKey, std::uint32_t, ProductHash> products_;
  std::vector<Revenue::Product> sums_of_product_;
  Buyers buyers_of_product_;
  bool overflowed_ = false;
  Revenue revenue_;
};

}  // namespace

std::optional<std::int64_t> Revenue::Total::average_order() const { return rounded_quotient(gross, orders); }
std::optional<std::int64_t> Revenue::Total::average_per_buyer() const { return rounded_quotient(net(), buyers); }

Result<Revenue> ask_revenue(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(const auto question, parse(body));
  return RevenueRun(warehouse, scope, question).answer();
}

Result<std::vector<std::int64_t>> revenue_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                 const Json& select) {
  CHECK_OK(check_members(select, "/select", {"currency", "bucket", "breakdown"}));
  TRY(const auto question, parse(body));
  TRY(const auto label, text_member(select, "/select", "bucket", ""));
  TRY(const auto currency, text_member(select, "/select", "currency", ""));
  TRY(const auto axis, Axis::of(scope.range, question.interval, 0));
  TRY(const auto range, axis.time_of(label));
  FilterCompiler compiler = begin_parameters(scope, range);
  TRY(auto condition, condition_of(question, Events::orders, compiler));
  condition += kHasAmount;
  if (!currency.empty()) condition += " AND e.currency = " + compiler.parameter(currency);
  if (select.find("breakdown")) {
    TRY(const auto wanted, breakdown_member(select, question.breakdown.properties.size()));
    TRY(const auto ranking, rank_orders(warehouse, scope, question));
    TRY(const auto of_row, condition_of(wanted, ranking, question.breakdown, compiler));
    condition += " AND " + of_row;
  }
  return users_of_events(warehouse, range, compiler, condition, scope.stop);
}

}  // namespace spectrum::query
