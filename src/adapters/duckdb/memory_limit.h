#pragma once

#include <cstdint>
#include <functional>

#include "base/guarded.h"
#include "base/result.h"

namespace spectrum::duckdb {

/// DuckDB's limit of memory, which is one for all that it does at a time. Thread-safe.
class MemoryLimit {
 public:
  /// Sets it; `limited` when there is not even memory for that.
  using Set = std::function<Status(std::uint64_t bytes)>;

  /// What DuckDB may use is `given`, and `more` while something must not fail for want of memory.
  MemoryLimit(Set set, std::uint64_t given, std::uint64_t more) : given_(given), more_(more), state_({std::move(set)}) {}

  /// Calls `work()` while DuckDB may use more. Where questions use all that there is, it waits until one of them ends.
  template <typename Work>
  auto with_more(Work&& work) -> decltype(work()) {
    CHECK_OK(raise());
    auto done = work();
    lower();
    return done;
  }
  /// Calls `work()`, which can do with little, while DuckDB may use no more than that, unless something needs more now.
  template <typename Work>
  auto with_at_most(std::uint64_t bytes, Work&& work) -> decltype(work()) {
    set_unless_raised(bytes < given_ ? bytes : given_);
    auto done = work();
    set_unless_raised(given_);
    return done;
  }

 private:
  struct State {
    Set set;
    int raised = 0;  ///< by so many
  };
  Status raise();
  void lower();
  void set_unless_raised(std::uint64_t bytes);

  const std::uint64_t given_, more_;
  Guarded<State> state_;
};

}  // namespace spectrum::duckdb
