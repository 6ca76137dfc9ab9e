#include "query/activity.h"

#include <algorithm>

#include "query/failure.h"
#include "query/fields.h"
#include "query/filter.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {

Result<ActiveEvents> ActiveEvents::of(const Scope& scope, const Json& selector, std::string_view pointer, const Json* filters) {
  ActiveEvents events(scope);
  FilterCompiler compiler(scope);
  compiler.parameter(scope.project.number);
  for (int i = 0; i < 4; ++i) compiler.parameter(std::monostate());
  std::string selected = "TRUE";
  TRY(const auto event, text_member(selector, pointer, "event", "*"));
  if (event.empty() || event == "*" || selector.find("filters")) {
    TRY(selected, compiler.selector(selector, pointer));
  } else {
    CHECK_OK(compiler.check_event(event, std::string(pointer) + "/event"));
    events.type_ = event;
  }
  TRY(const auto filtered, compiler.filters(filters, "/filters"));
  events.sql_ = warehouse::fill(sql::activity, {{"type", events.type_.empty() ? "" : ", e.event_type"},
                                                {"joins", compiler.joins()},
                                                {"condition", selected + " AND " + filtered}});
  events.parameters_ = compiler.parameters();
  events.is_of_facts_ = compiler.joins().empty();
  return events;
}

Status ActiveEvents::read(ports::Warehouse& warehouse, Timestamp from, Timestamp until, model::Position after, const Use& use) const {
  auto parameters = parameters_;
  parameters[1] = from;
  parameters[2] = until;
  parameters[3] = static_cast<std::int64_t>(after);
  parameters[4] = static_cast<std::int64_t>(scope_->as_of);
  if (type_.empty()) {
    const auto take = [&](const ports::ColumnBatch& batch) { return use(batch.integers(0), batch.integers(1)); };
    return warehouse.scan(sql_, parameters, take, scope_->stop);
  }
  // Told apart here, which is cheaper than in SQL.
  std::vector<std::int64_t> users, times;
  const auto take = [&](const ports::ColumnBatch& batch) {
    const auto all_users = batch.integers(0), all_times = batch.integers(1);
    const auto is_of_type = batch.codes(2);
    users.resize(batch.rows());
    times.resize(batch.rows());
    std::size_t count = 0;
    for (std::size_t row = 0; row < is_of_type.size(); ++row) {
      users[count] = all_users[row];
      times[count] = all_times[row];
      count += static_cast<std::size_t>(is_of_type[row]);
    }
    return use(std::span(users).first(count), std::span(times).first(count));
  };
  const ports::CodedColumn coded{"event_type", [&](std::string_view type) { return type == type_ ? 1 : 0; }};
  return warehouse.scan(sql_, parameters, take, scope_->stop, {&coded, 1});
}

inline std::uint8_t* Activity::bits_of(std::int64_t user) {
  const auto number = static_cast<std::size_t>(user);
  if (number / kPageUsers >= pages_.size()) pages_.resize(std::max(number / kPageUsers + 1, 2 * pages_.size()));
  auto& page = pages_[number / kPageUsers];
  if (!page) {
    page = std::make_unique<std::uint8_t[]>(kPageUsers * bytes_);
    ++page_count_;
  }
  return page.get() + number % kPageUsers * bytes_;
}

Result<Activity> Activity::read(ports::Warehouse& warehouse, const Scope& scope, std::vector<Timestamp> edges,
                                const ActiveEvents& events) {
  Activity activity(std::move(edges));
  std::vector<std::int64_t> starts;
  for (const Timestamp edge : activity.edges_) starts.push_back(to_micros(edge));
  std::size_t span = 0;  // Neighbours are often of one span.
  std::vector<std::uint8_t*> bits;  // of each row's user
  const auto take = [&](std::span<const std::int64_t> users, std::span<const std::int64_t> times) -> Status {
    // Users are anywhere in memory: those of many rows are fetched at once.
    bits.resize(users.size());
    for (std::size_t row = 0; row < users.size(); ++row) {
      bits[row] = activity.bits_of(users[row]);
      __builtin_prefetch(bits[row], 1);
    }
    for (std::size_t row = 0; row < users.size(); ++row) {
      if (times[row] < starts[span] || times[row] >= starts[span + 1]) {
        span = static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), times[row]) - starts.begin()) - 1;
      }
      bits[row][span / 8] |= static_cast<std::uint8_t>(1u << span % 8);
    }
    if (activity.memory() <= scope.memory_bytes) return {};
    return too_much(scope.memory_bytes, "ask about a shorter range or larger intervals");
  };
  CHECK_OK(events.read(warehouse, activity.edges_.front(), activity.edges_.back(), 0, take));
  return activity;
}

}  // namespace spectrum::query
