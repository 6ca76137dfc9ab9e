#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "ports/warehouse.h"
#include "query/remembered.h"
#include "query/scope.h"
#include "query/text_index.h"
#include "query/user_events.h"

namespace spectrum::query {

/// Remembers the events of projects user by user, each user's in their order: when they were and of which type, in 16
/// bytes. A question about no more than that reads from the warehouse only what came since the last one. Thread-safe.
class Sequences {
 public:
  using MatchesOf = std::function<std::uint32_t(std::string_view event_type)>;

  /// The warehouse has to outlive it. So much is remembered at most, what was asked for last.
  Sequences(ports::Warehouse& warehouse, std::uint64_t memory_bytes) : warehouse_(warehouse), known_(memory_bytes) {}

  /// Hands out the scope's events from its beginning `until` a time, as `UserEvents::read` does; those that match nothing
  /// only if `takes_all`. False, and nothing was handed out: they are too many to be remembered.
  Result<bool> read(const Scope& scope, Timestamp until, const MatchesOf& matches_of, bool takes_all, const UserEvents::Walk& walk);

 private:
  struct Step {
    std::int64_t at;         ///< microseconds since 1970
    std::uint32_t position;
    std::uint16_t user;      ///< among those of the pile
    std::uint16_t type;      ///< its number in `types`
  };
  /// Ascending by user, time and position.
  using Steps = std::vector<Step>;
  /// Those of neighbouring users. What came lately is apart: there is less to copy when more comes.
  struct Pile {
    std::shared_ptr<const Steps> old, late;  ///< perhaps none

    void add(const Steps& steps);
  };
  /// Those of a week, by user.
  using Week = std::vector<Pile>;
  /// The events of a project up to a position and from a time on. What is shared never changes.
  struct Known {
    model::Position as_of = 0;
    Timestamp from = kEnd;
    Timestamp too_many_from = Timestamp::min();  ///< those from here on are more than fit
    std::size_t size = 0;
    std::shared_ptr<const TextIndex> types = std::make_shared<TextIndex>();
    std::map<std::int64_t, Week> weeks;  ///< by their number since 1970

    std::uint64_t bytes() const;
    auto reach() const { return std::tuple(too_many_from, as_of, kEnd - from); }
  };
  /// Events in [from, until) behind a position and up to another.
  struct Part {
    Timestamp from, until;
    model::Position after, as_of;
  };

  Result<Known> know(const Scope& scope);
  /// False: they do not fit, and `known` is as it was.
  Result<bool> extend(const Scope& scope, const Part& part, Known& known) const;

  ports::Warehouse& warehouse_;
  Remembered<model::ProjectId, Known> known_;
  std::mutex extending_;  ///< held while a question reads, so that those beside it find what it read
};

}  // namespace spectrum::query
