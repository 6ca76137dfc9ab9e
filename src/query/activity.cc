#include "query/activity.h"

#include <algorithm>
#include <bit>

#include "query/failure.h"
#include "query/filter.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {

std::size_t Activity::place_of(std::int64_t user) {
  const auto number = static_cast<std::size_t>(user);
  if (number >= places_.size()) places_.resize(std::max(number + 1, 2 * places_.size()));
  std::uint32_t& place = places_[number];
  if (place == 0) {
    users_.push_back(user);
    bits_.resize(bits_.size() + words_);
    place = static_cast<std::uint32_t>(users_.size());
  }
  return place - 1;
}

void Activity::spans_of(std::size_t i, std::vector<std::uint32_t>& spans) const {
  spans.clear();
  for (std::size_t word = 0; word < words_; ++word) {
    for (auto bits = bits_[i * words_ + word]; bits != 0; bits &= bits - 1) {
      spans.push_back(static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
}

Result<ActiveEvents> ActiveEvents::of(const Scope& scope, const Json& selector, std::string_view pointer, const Json* filters) {
  ActiveEvents events(scope);
  FilterCompiler compiler(scope);
  compiler.parameter(scope.project.number);
  for (int i = 0; i < 4; ++i) compiler.parameter(std::monostate());
  TRY(const auto selected, compiler.selector(selector, pointer));
  TRY(const auto filtered, compiler.filters(filters, "/filters"));
  events.sql_ = warehouse::fill(sql::activity, {{"joins", compiler.joins()}, {"condition", selected + " AND " + filtered}});
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
  const auto take = [&](const ports::ColumnBatch& batch) { return use(batch.integers(0), batch.integers(1)); };
  return warehouse.scan(sql_, parameters, take, scope_->stop);
}

Result<Activity> Activity::read(ports::Warehouse& warehouse, const Scope& scope, std::vector<Timestamp> edges,
                                const ActiveEvents& events) {
  Activity activity(std::move(edges));
  std::vector<std::int64_t> starts;
  for (const Timestamp edge : activity.edges_) starts.push_back(to_micros(edge));
  std::size_t span = 0;  // Neighbours are often of one span.
  std::vector<std::size_t> words;  // where the bits of each row's user begin
  const auto take = [&](std::span<const std::int64_t> users, std::span<const std::int64_t> times) -> Status {
    // Users are anywhere in memory: those of many rows are fetched at once.
    words.resize(users.size());
    for (std::size_t row = 0; row < users.size(); ++row) {
      words[row] = activity.place_of(users[row]) * activity.words_;
      __builtin_prefetch(&activity.bits_[words[row]], 1);
    }
    for (std::size_t row = 0; row < users.size(); ++row) {
      if (times[row] < starts[span] || times[row] >= starts[span + 1]) {
        span = static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), times[row]) - starts.begin()) - 1;
      }
      activity.bits_[words[row] + span / 64] |= std::uint64_t{1} << span % 64;
    }
    if (activity.bits_.size() * sizeof(std::uint64_t) <= scope.memory_bytes) return {};
    return too_much(scope.memory_bytes, "ask about a shorter range or larger intervals");
  };
  CHECK_OK(events.read(warehouse, activity.edges_.front(), activity.edges_.back(), 0, take));
  return activity;
}

}  // namespace spectrum::query
