#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/warehouse.h"

namespace spectrum::bench {

/// All facts in memory, and the answers of questions by plain loops over them: what the engine's answers are held against.
/// Days are those of UTC.
class PlainFacts {
 public:
  struct Fact {
    std::int64_t at = 0;  ///< microseconds since 1970
    std::int64_t user = 0;
    std::int64_t amount = 0;
    std::uint32_t type = 0;      ///< numbers of texts
    std::uint32_t category = 0;
    std::uint32_t country = 0;
    bool has_amount = false;
    int day() const { return static_cast<int>(at / kDay); }
  };
  struct Counts {
    std::int64_t count = 0;
    std::int64_t users = 0;
    bool operator==(const Counts&) const = default;
  };
  static constexpr std::int64_t kDay = 86'400'000'000;

  /// Reads them; the country out of the JSON.
  static Result<PlainFacts> read(ports::Warehouse& warehouse) {
    PlainFacts facts;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        const auto number = [&](std::size_t column) { return facts.number(batch.is_null(column, row) ? "$none" : batch.text(column, row)); };
        facts.all_.push_back({batch.integers(0)[row], batch.integers(1)[row], batch.integers(2)[row], number(3), number(4), number(5), !batch.is_null(2, row)});
      }
      return {};
    };
    CHECK_OK(warehouse.scan("SELECT e.occurred_at, e.user_id, e.amount_minor, e.event_type, p.category, e.properties ->> 'country' "
                            "FROM fact_events e LEFT JOIN dim_products p ON p.product_id = e.product_id", {}, take));
    return facts;
  }

  const std::string& text(std::uint32_t number) const { return texts_[number]; }

  /// Of the events in [from, until), by what `key(fact)` says; events and users.
  template <typename Key>
  auto counts(std::int64_t from, std::int64_t until, Key key) const {
    using KeyType = decltype(key(all_.front()));
    std::vector<std::pair<KeyType, std::int64_t>> rows;
    for (const Fact& fact : all_) {
      if (fact.at >= from && fact.at < until) rows.emplace_back(key(fact), fact.user);
    }
    std::sort(rows.begin(), rows.end());
    std::map<KeyType, Counts> counted;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Counts& counts = counted[rows[i].first];
      ++counts.count;
      counts.users += i == 0 || rows[i] != rows[i - 1];
    }
    return counted;
  }

  /// The users active in the `days` that end with each day of [first, last].
  std::map<int, std::int64_t> rolling_users(int first, int last, int days) const {
    std::map<int, std::vector<std::int64_t>> users_of_day;
    for (const Fact& fact : all_) users_of_day[fact.day()].push_back(fact.user);
    std::vector<int> last_active;
    std::map<int, std::int64_t> counted;
    for (int day = users_of_day.begin()->first; day <= last; ++day) {
      for (const auto user : users_of_day[day]) {
        if (static_cast<std::size_t>(user) >= last_active.size()) last_active.resize(static_cast<std::size_t>(user) + 1, -days);
        last_active[static_cast<std::size_t>(user)] = day;
      }
      if (day >= first) counted[day] = std::count_if(last_active.begin(), last_active.end(), [&](int active) { return active > day - days; });
    }
    return counted;
  }

  /// Weekly retention of a type by users' first weeks since `from`: by (cohort's first day, weeks later).
  std::map<std::pair<int, int>, std::int64_t> weekly_retention(const std::string& type, std::int64_t from) const {
    const auto wanted = numbers_.at(type);
    const auto monday = [](const Fact& fact) { return fact.day() - (fact.day() + 3) % 7; };
    std::map<std::int64_t, std::set<int>> weeks_of;
    for (const Fact& fact : all_) {
      if (fact.type == wanted) weeks_of[fact.user].insert(monday(fact));
    }
    std::map<std::pair<int, int>, std::int64_t> cells;
    for (const auto& [user, weeks] : weeks_of) {
      if (*weeks.begin() * kDay < from) continue;
      for (const int week : weeks) ++cells[{*weeks.begin(), (week - *weeks.begin()) / 7}];
    }
    return cells;
  }

  /// Sums of the amounts of a type, and how many they are, by day and category.
  std::map<std::pair<int, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> amounts(const std::string& type, std::int64_t from,
                                                                                         std::int64_t until) const {
    const auto wanted = numbers_.at(type);
    std::map<std::pair<int, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> sums;
    for (const Fact& fact : all_) {
      if (fact.type != wanted || !fact.has_amount || fact.at < from || fact.at >= until) continue;
      auto& [sum, orders] = sums[{fact.day(), fact.category}];
      sum += fact.amount;
      ++orders;
    }
    return sums;
  }

 private:
  std::uint32_t number(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    texts_.emplace_back(text);
    return numbers_[std::string(text)] = static_cast<std::uint32_t>(texts_.size() - 1);
  }

  std::vector<Fact> all_;
  std::vector<std::string> texts_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

}  // namespace spectrum::bench
