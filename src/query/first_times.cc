#include "query/first_times.h"

#include <algorithm>

#include "query/failure.h"

namespace spectrum::query {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::uint64_t bytes_of(const ActiveEvents::Key& key) {
  std::uint64_t bytes = key.first.size();
  for (const auto& value : key.second) {
    const auto* const text = std::get_if<std::string>(&value);
    bytes += sizeof value + (text ? text->size() : 0);
  }
  return bytes;
}

}  // namespace

Result<FirstTimes::Before> FirstTimes::before(const Scope& scope, const ActiveEvents& events, Timestamp time) {
  const auto key = events.key();
  Known known = known_.find(key);
  if (known.as_of > scope.as_of) known = {};  // It knows what does not count here.
  TRY(known, extend(scope, events, std::move(known), time));
  if (events.is_of_facts()) known_.keep(key, known, bytes_of(key) + known.bytes());
  return Before(known.times, time);
}

Result<FirstTimes::Known> FirstTimes::extend(const Scope& scope, const ActiveEvents& events, Known known, Timestamp time) {
  std::shared_ptr<Times> changed;
  const auto take = [&](std::span<const std::int64_t> users, std::span<const std::int64_t> times) -> Status {
    for (std::size_t row = 0; row < users.size(); ++row) {
      const auto number = static_cast<std::size_t>(users[row]);
      if (number < known.times->size() && (*known.times)[number] <= times[row]) continue;
      if (!changed) known.times = changed = std::make_shared<Times>(*known.times);
      if (number >= changed->size()) changed->resize(number + 1, kNever);
      (*changed)[number] = times[row];
    }
    return known.bytes() <= scope.memory_bytes ? Status() : too_much(scope.memory_bytes, "ask for recurring cohorts, or about stickiness");
  };
  if (known.as_of < scope.as_of) CHECK_OK(events.read(warehouse_, kBeginning, known.until, known.as_of, take));
  known.as_of = scope.as_of;
  if (known.until < time) CHECK_OK(events.read(warehouse_, known.until, time, 0, take));
  known.until = std::max(known.until, time);
  return known;
}

Result<FirstTimes::Before> active_before(ports::Warehouse& warehouse, const Scope& scope, const ActiveEvents& events, Timestamp time) {
  return scope.first_times ? scope.first_times->before(scope, events, time) : FirstTimes(warehouse, 0).before(scope, events, time);
}

}  // namespace spectrum::query
