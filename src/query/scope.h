#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "model/position.h"
#include "model/project.h"
#include "ports/warehouse.h"
#include "query/time_range.h"

namespace spectrum::query {

class Demand;
class FirstTimes;
class Names;
class Orders;
class Sequences;

/// What a question is asked about besides its body.
struct Scope {
  const model::Project& project;
  TimeRange range;
  model::Position as_of;  ///< facts up to here are counted
  Timestamp now;
  std::stop_token stop = {};  ///< nobody waits for the answer any more
  std::uint64_t memory_bytes = 1ull << 30;  ///< what the events of a question may take at once
  std::vector<ports::PromotedProperty> promoted = {};  ///< properties that may have columns of their own
  Names* names = nullptr;                   ///< refuses names that the project does not know; none: all are taken
  Demand* demand = nullptr;                 ///< is told which properties are read out of the JSON
  FirstTimes* first_times = nullptr;        ///< remembers what lies before ranges; none: it is read each time
  Orders* orders = nullptr;                 ///< remembers what has an amount; none: it is read each time
  Sequences* sequences = nullptr;           ///< remembers who did what when; none: it is read each time
};

}  // namespace spectrum::query
