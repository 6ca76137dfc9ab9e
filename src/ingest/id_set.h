#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/huge_array.h"
#include "base/uuid.h"

namespace spectrum::ingest {

/// An exact set of 128-bit ids that forgets the oldest after a window. It never rehashes at once: when a table is three
/// quarters full, a larger one (a generation) is added, and each insert moves a few ids of a smaller one into it. A
/// generation goes as a whole when its newest id has left the window. One thread at a time.
class IdSet {
 public:
  explicit IdSet(std::size_t expected = 0);

  /// Fetches the memory that `insert` will look at; call it some ids ahead.
  void prefetch(Id128 id) const;
  /// False when the id is there already.
  bool insert(Id128 id, Timestamp seen_at);
  bool contains(Id128 id) const;
  /// Takes an id back that was inserted and then not stored.
  void erase(Id128 id);
  /// Drops the generations whose newest id was seen before `since`.
  void forget_before(Timestamp since);

  std::size_t size() const;
  std::size_t memory_bytes() const;

 private:
  struct Generation {
    HugeArray<Id128> slots;
    std::size_t mask;
    std::size_t used = 0;   // with erased ones
    std::size_t live = 0;
    Timestamp newest{};
    std::size_t moved = 0;  // the ids of slots below it are in the newest generation too
    std::size_t start_of(Id128 id) const;
    Id128* find(Id128 id) const;
    bool put(Id128 id);  // false: it is there
  };
  void add_generation(std::size_t capacity);
  void move_some();

  std::vector<Generation> generations_;  // oldest first
};

}  // namespace spectrum::ingest
