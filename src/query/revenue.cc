#include "query/revenue.h"

#include <algorithm>
#include <map>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
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
  std::int64_t products = 100;
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
    question.products = *limit->integer();
  }
  question.filters = body.find("filters");
  return question;
}

/// What a question's events are in SQL.
struct Conditions {
  std::string is_order;
  std::string events;
};

enum class Events { orders, orders_and_refunds };

Result<Conditions> conditions_of(const RevenueQuestion& question, Events events, FilterCompiler& compiler) {
  TRY(const auto filtered, compiler.filters(question.filters, "/filters"));
  if (question.names_event) CHECK_OK(compiler.check_event(question.event, "/event"));
  if (!question.refund_event.empty()) CHECK_OK(compiler.check_event(question.refund_event, "/refund_event"));
  Conditions conditions{"e.event_type = " + compiler.parameter(question.event), {}};
  std::string chosen = conditions.is_order;
  if (events == Events::orders_and_refunds && !question.refund_event.empty()) {
    chosen = "(" + chosen + " OR e.event_type = " + compiler.parameter(question.refund_event) + ")";
  }
  conditions.events = chosen + " AND e.amount_minor IS NOT NULL AND " + filtered;
  return conditions;
}

Result<Ranking> rank_orders(ports::Warehouse& warehouse, const Scope& scope, const RevenueQuestion& question) {
  FilterCompiler compiler = begin_parameters(scope, scope.range);
  TRY(const auto conditions, conditions_of(question, Events::orders, compiler));
  return rank(warehouse, scope, question.breakdown, std::move(compiler), conditions.events);
}

/// Half goes up, also below zero.
std::optional<std::int64_t> rounded_quotient(std::int64_t sum, std::int64_t count) {
  if (count == 0) return {};
  const __int128 doubled = __int128{2} * sum + count;
  const __int128 divisor = __int128{2} * count;
  return static_cast<std::int64_t>(doubled / divisor - (doubled % divisor < 0 ? 1 : 0));
}

/// What came in for one row of the answer.
struct Sums {
  std::vector<std::int64_t> net;
  std::vector<std::int64_t> orders;
};

class RevenueRun {
 public:
  RevenueRun(ports::Warehouse& warehouse, const Scope& scope, const RevenueQuestion& question)
      : warehouse_(warehouse), scope_(scope), question_(question) {}

  Result<Revenue> answer() {
    TRY(revenue_.buckets, make_buckets(scope_.range, question_.interval));
    TRY(ranking_, rank_orders(warehouse_, scope_, question_));
    FilterCompiler compiler = begin_parameters(scope_, scope_.range);
    TRY(const auto conditions, conditions_of(question_, Events::orders_and_refunds, compiler));
    CHECK_OK(read(compiler, conditions));
    CHECK_OK(read_products(conditions, std::move(compiler)));
    write_totals();
    write_rows();
    return std::move(revenue_);
  }

 private:
  Status read(FilterCompiler compiler, const Conditions& conditions) {
    TRY(const auto texts, texts_of(question_.breakdown, compiler));
    std::string columns;
    for (const auto& text : texts) columns += ", " + text;
    const auto sql = warehouse::fill(sql::revenue, {{"is_order", conditions.is_order},
                                                    {"texts", columns},
                                                    {"joins", compiler.joins()},
                                                    {"condition", conditions.events}});
    Groups groups(texts.size(), ranking_);
    const BucketIndex bucket_of(revenue_.buckets);
    std::vector<std::uint32_t> group_of_row;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      groups.sort(batch, 5, group_of_row);
      const auto minutes = batch.integers(0), amounts = batch.integers(1), users = batch.integers(2), orders = batch.integers(3);
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        const auto currency = static_cast<std::size_t>(currencies_.add(batch.text(4, row)));
        if (currency == totals_.size()) begin_currency(groups.size());
        add(currency, group_of_row[row], bucket_of(minutes[row]), orders[row] == 1, amounts[row], users[row]);
      }
      return overflowed_ ? refuse("/event", "the amounts are too large to be summed") : Status();
    };
    return warehouse_.scan(sql, compiler.parameters(), take, scope_.stop);
  }

  void begin_currency(std::size_t groups) {
    totals_.push_back({currencies_[totals_.size()]});
    buyers_.emplace_back();
    sums_.emplace_back(groups);
  }

  void add(std::size_t currency, std::uint32_t group, std::size_t bucket, bool is_order, std::int64_t amount, std::int64_t user) {
    Sums& sums = sums_[currency][group];
    if (sums.net.empty()) sums = {std::vector<std::int64_t>(revenue_.buckets.size()), std::vector<std::int64_t>(revenue_.buckets.size())};
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

  Status read_products(const Conditions& conditions, FilterCompiler compiler) {
    // The product is joined anyway.
    const auto sql = warehouse::fill(sql::revenue_products, {{"is_order", conditions.is_order},
                                                             {"joins", compiler.joins_beside_products()},
                                                             {"condition", conditions.events},
                                                             {"limit", std::to_string(question_.products)}});
    TRY(const auto answer, warehouse_.query(sql, compiler.parameters(), scope_.stop));
    for (const auto& row : answer.rows) {
      const auto text = [&](std::size_t column) { return std::get<std::string>(row[column]); };
      const auto number = [&](std::size_t column) { return std::get<std::int64_t>(row[column]); };
      revenue_.products.push_back({text(0), text(1), text(2), text(3), number(4), number(5), number(6)});
    }
    return {};
  }

  void write_totals() {
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i].buyers = buyers_[i].size();
    revenue_.totals = totals_;
    std::ranges::sort(revenue_.totals, {}, &Revenue::Total::currency);
  }

  void write_rows() {
    auto names = ranking_.top;
    names.emplace_back(question_.breakdown.properties.size(), std::string(kOther));
    for (const auto& total : revenue_.totals) {
      auto& groups = sums_[currencies_.find(total.currency)];
      for (std::size_t group = 0; group < groups.size(); ++group) {
        if (groups[group].net.empty()) continue;
        revenue_.rows.push_back({total.currency, names[group], std::move(groups[group].net), std::move(groups[group].orders)});
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
  std::vector<std::vector<Sums>> sums_;     ///< then by group
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
  TRY(const auto conditions, conditions_of(question, Events::orders, compiler));
  std::string condition = conditions.events;
  if (!currency.empty()) condition += " AND e.currency = " + compiler.parameter(currency);
  if (select.find("breakdown")) {
    TRY(const auto wanted, breakdown_member(select, question.breakdown.properties.size()));
    TRY(const auto ranking, rank_orders(warehouse, scope, question));
    TRY(const auto of_row, condition_of(wanted, ranking, question.breakdown, compiler));
    condition += " AND " + of_row;
  }
  return users_of_events(warehouse, compiler, condition, scope.stop);
}

}  // namespace spectrum::query
