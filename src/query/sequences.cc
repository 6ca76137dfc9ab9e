#include "query/sequences.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include "query/failure.h"
#include "query/sql.h"

namespace spectrum::query {
namespace {

constexpr std::int64_t kPileUsers = 4096;
constexpr std::size_t kLateShare = 8;  ///< one in so many of a pile may be apart

std::int64_t week_of(std::int64_t micros) {
  return std::chrono::floor<std::chrono::weeks>(from_micros(micros)).time_since_epoch().count();
}

/// Ascending by user, then by time and position: by counting, for the users of a pile are few.
template <typename Step>
std::vector<Step> sorted(const std::vector<Step>& steps) {
  std::array<std::uint32_t, kPileUsers> ends{};
  for (const Step& step : steps) ++ends[step.user];
  std::uint32_t sum = 0;
  for (auto& count : ends) sum = std::exchange(count, sum) + sum;
  std::vector<Step> sorted(steps.size());
  for (const Step& step : steps) sorted[ends[step.user]++] = step;
  const auto is_before = [](const Step& a, const Step& b) { return a.at != b.at ? a.at < b.at : a.position < b.position; };
  auto begin = sorted.begin();
  for (const std::uint32_t end_of_user : ends) {
    const auto end = sorted.begin() + end_of_user;
    if (!std::is_sorted(begin, end, is_before)) std::sort(begin, end, is_before);
    begin = end;
  }
  return sorted;
}

}  // namespace

void Sequences::Pile::add(const Steps& steps) {
  const auto merged = [](const std::shared_ptr<const Steps>& a, const Steps& b) {
    if (!a) return std::make_shared<const Steps>(b);
    Steps all;
    all.reserve(a->size() + b.size());
    std::merge(a->begin(), a->end(), b.begin(), b.end(), std::back_inserter(all), [](const Step& one, const Step& other) {
      if (one.user != other.user) return one.user < other.user;
      return one.at != other.at ? one.at < other.at : one.position < other.position;
    });
    return std::make_shared<const Steps>(std::move(all));
  };
  late = merged(late, sorted(steps));
  if (old && late->size() * kLateShare < old->size()) return;
  old = merged(old, *late);
  late.reset();
}

std::uint64_t Sequences::Known::bytes() const {
  std::uint64_t bytes = sizeof *this + size * sizeof(Step);
  for (const auto& [number, week] : weeks) bytes += week.size() * sizeof(Pile);
  return bytes;
}

Result<Sequences::Known> Sequences::know(const Scope& scope) {
  const std::lock_guard lock(extending_);
  const auto project = scope.project.number;
  Known known = known_.find(project);
  if (known.from < kEnd && known.as_of < scope.as_of) {
    TRY(const bool fits, extend(scope, {known.from, kEnd, known.as_of, scope.as_of}, known));
    if (!fits) {
      const auto too_many_from = std::exchange(known, Known()).from;
      known.too_many_from = too_many_from;
    }
  }
  known.as_of = std::max(known.as_of, scope.as_of);
  if (scope.range.from > known.too_many_from && scope.range.from < known.from) {
    TRY(const bool fits, extend(scope, {scope.range.from, known.from, 0, known.as_of}, known));
    if (fits) {
      known.from = scope.range.from;
    } else {
      known.too_many_from = scope.range.from;
    }
  }
  known_.keep(project, known, known.bytes());
  return known;
}

Result<bool> Sequences::extend(const Scope& scope, const Part& part, Known& known) const {
  const auto types = std::make_shared<TextIndex>(*known.types);
  std::map<std::int64_t, std::vector<Steps>> weeks;
  std::size_t size = known.size;
  bool fits = true;
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    const auto users = batch.integers(0), times = batch.integers(1), positions = batch.integers(2);
    const auto types_of = batch.codes(3);
    size += batch.rows();
    fits = size * sizeof(Step) <= known_.memory_bytes() && types->size() <= std::numeric_limits<std::uint16_t>::max() &&
           std::ranges::all_of(positions, [](std::int64_t number) { return number <= std::numeric_limits<std::uint32_t>::max(); });
    if (!fits) return limited("more events than are remembered");
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      auto& piles = weeks[week_of(times[row])];
      const auto pile = static_cast<std::size_t>(users[row] / kPileUsers);
      if (pile >= piles.size()) piles.resize(pile + 1);
      piles[pile].push_back({times[row], static_cast<std::uint32_t>(positions[row]), static_cast<std::uint16_t>(users[row] % kPileUsers),
                             static_cast<std::uint16_t>(types_of[row])});
    }
    return {};
  };
  const auto position = [](model::Position number) { return static_cast<std::int64_t>(number); };
  const std::array<ports::Value, 5> parameters = {scope.project.number, part.from, part.until, position(part.after), position(part.as_of)};
  const std::array<ports::CodedColumn, 1> coded = {{{"event_type", [&](std::string_view type) { return static_cast<std::int32_t>(types->add(type)); }}}};
  const Status scanned = warehouse_.scan(sql::sequences, parameters, take, scope.stop, coded);
  if (!fits) return false;
  CHECK_OK(scanned);
  known.types = types;
  known.size = size;
  for (auto& [number, piles] : weeks) {
    Week& week = known.weeks[number];
    week.resize(std::max(week.size(), piles.size()));
    for (std::size_t pile = 0; pile < piles.size(); ++pile) {
      if (!piles[pile].empty()) week[pile].add(std::exchange(piles[pile], {}));
    }
  }
  return true;
}

Result<bool> Sequences::read(const Scope& scope, Timestamp until, const MatchesOf& matches_of, bool takes_all, const UserEvents::Walk& walk) {
  TRY(const auto known, know(scope));
  if (scope.range.from <= known.too_many_from) return false;
  std::vector<std::uint32_t> matches;
  for (std::size_t type = 0; type < known.types->size(); ++type) matches.push_back(matches_of((*known.types)[type]));
  const auto first = to_micros(scope.range.from), end = to_micros(until);
  const auto as_of = scope.as_of;
  std::vector<const Week*> weeks;
  for (auto week = known.weeks.lower_bound(week_of(first)); week != known.weeks.end() && week->first <= week_of(end); ++week) {
    weeks.push_back(&week->second);
  }
  std::size_t piles = 0;
  for (const Week* const week : weeks) piles = std::max(piles, week->size());
  std::vector<std::pair<const Step*, const Step*>> rest;  // of each week, what is old and what is late
  std::vector<Event> events;
  for (std::size_t pile = 0; pile < piles; ++pile) {
    if (scope.stop.stop_requested()) return unavailable("the question was given up");
    rest.clear();
    for (const Week* const week : weeks) {
      if (pile >= week->size()) continue;
      for (const auto& steps : {(*week)[pile].old, (*week)[pile].late}) {
        if (steps) rest.emplace_back(steps->data(), steps->data() + steps->size());
      }
    }
    for (std::int64_t user = 0, next = 0; user < kPileUsers; user = next) {
      const std::int64_t owner = static_cast<std::int64_t>(pile) * kPileUsers + user;
      next = kPileUsers;
      events.clear();
      for (auto& [step, steps_end] : rest) {
        for (; step != steps_end && step->user == user; ++step) {
          const bool counts = step->at >= first && step->at < end && step->position <= as_of;
          if (counts && (matches[step->type] != 0 || takes_all)) events.push_back({owner, step->at, step->position, matches[step->type], 0});
        }
        if (step != steps_end) next = std::min<std::int64_t>(next, step->user);
      }
      if (events.empty()) continue;
      if (!std::is_sorted(events.begin(), events.end(), is_before)) std::sort(events.begin(), events.end(), is_before);
      walk(events);
    }
  }
  return true;
}

}  // namespace spectrum::query
