#include "query/lifecycle.h"

#include <algorithm>

#include "query/activity.h"
#include "query/failure.h"
#include "query/fields.h"
#include "query/first_times.h"

namespace spectrum::query {
namespace {

enum class State { fresh, returning, resurrecting, dormant };

Result<std::vector<Bucket>> parse_buckets(const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "event", "interval"}));
  TRY(const auto text, text_member(body, "", "interval", "day"));
  TRY(const auto interval, parse_interval(text, "/interval"));
  TRY(const auto buckets, make_buckets(scope.range, interval));
  // The first one is the bucket before the range.
  TimeRange range = scope.range;
  range.from = buckets.front().start - std::chrono::microseconds(1);
  return make_buckets(range, interval);
}

/// Calls `use(user, bucket, state)` for each state that a user is in; `buckets` begin with the one before the range,
/// and 0 is the first in it.
template <typename Use>
Status for_each_state(ports::Warehouse& warehouse, const Scope& scope, const Json& body, const std::vector<Bucket>& buckets,
                      const Use& use) {
  std::vector<Timestamp> edges;
  for (const Bucket& bucket : buckets) edges.push_back(bucket.start);
  edges.push_back(buckets.back().end);
  TRY(const auto events, ActiveEvents::of(scope, body, ""));
  TRY(const auto before, active_before(warehouse, scope, events, edges.front()));
  TRY(const auto activity, Activity::read(warehouse, scope, std::move(edges), events));
  constexpr std::uint32_t kFirst = 1;  // the span of the first bucket in the range
  activity.for_each_user([&](std::int64_t user, std::span<const std::uint32_t> spans) {
    for (std::size_t k = 0; k < spans.size(); ++k) {
      const std::uint32_t span = spans[k];
      const bool is_first = k == 0 && !before.has(user);
      const bool was_there = k > 0 && span == spans[k - 1] + 1;
      if (span >= kFirst) {
        const State state = is_first ? State::fresh : was_there ? State::returning : State::resurrecting;
        use(user, span - kFirst, state);
      }
      const bool stays_away = k + 1 == spans.size() || spans[k + 1] != span + 1;
      if (span + 1 < activity.spans() && stays_away) {
        use(user, span + 1 - kFirst, State::dormant);
      }
    }
  });
  return {};
}

Result<State> parse_state(const Json& select) {
  TRY(const auto text, text_member(select, "/select", "state", ""));
  if (text == "new") return State::fresh;
  if (text == "returning") return State::returning;
  if (text == "resurrecting") return State::resurrecting;
  if (text == "dormant") return State::dormant;
  return refuse("/select/state", "must be new, returning, resurrecting or dormant");
}

}  // namespace

Result<Lifecycle> ask_lifecycle(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  TRY(auto buckets, parse_buckets(scope, body));
  Lifecycle lifecycle;
  for (auto* const counts : {&lifecycle.fresh, &lifecycle.returning, &lifecycle.resurrecting, &lifecycle.dormant}) {
    counts->resize(buckets.size() - 1);
  }
  CHECK_OK(for_each_state(warehouse, scope, body, buckets, [&](std::int64_t, std::size_t bucket, State state) {
    switch (state) {
      case State::fresh: ++lifecycle.fresh[bucket]; break;
      case State::returning: ++lifecycle.returning[bucket]; break;
      case State::resurrecting: ++lifecycle.resurrecting[bucket]; break;
      case State::dormant: ++lifecycle.dormant[bucket]; break;
    }
  }));
  buckets.erase(buckets.begin());
  lifecycle.buckets = std::move(buckets);
  return lifecycle;
}

Result<std::vector<std::int64_t>> lifecycle_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                   const Json& select) {
  TRY(const auto buckets, parse_buckets(scope, body));
  CHECK_OK(check_members(select, "/select", {"bucket", "state"}));
  TRY(const auto wanted_state, parse_state(select));
  TRY(const auto label, text_member(select, "/select", "bucket", ""));
  const auto wanted = std::find_if(buckets.begin() + 1, buckets.end(), [&](const Bucket& bucket) { return bucket.label == label; });
  if (wanted == buckets.end()) {
    return refuse("/select/bucket", "must be one of the buckets, from " + buckets[1].label + " to " + buckets.back().label);
  }
  const auto wanted_bucket = static_cast<std::size_t>(wanted - buckets.begin()) - 1;
  std::vector<std::int64_t> users;
  CHECK_OK(for_each_state(warehouse, scope, body, buckets, [&](std::int64_t user, std::size_t bucket, State state) {
    if (bucket == wanted_bucket && state == wanted_state) users.push_back(user);
  }));
  std::sort(users.begin(), users.end());
  return users;
}

}  // namespace spectrum::query
