#include "adapters/duckdb/memory_limit.h"

#include <chrono>
#include <thread>

#include "base/log.h"

namespace spectrum::duckdb {
namespace {

constexpr std::chrono::milliseconds kAgain(10);

}  // namespace

Status MemoryLimit::raise() {
  for (bool has_waited = false;; has_waited = true) {
    const Status raised = state_.with([this](State& state) -> Status {
      if (state.raised == 0) CHECK_OK(state.set(more_));
      ++state.raised;
      return {};
    });
    if (raised.ok() || raised.error().code != Errc::limited) return raised;
    if (!has_waited) log_warning("the warehouse waits for memory", {{"reason", raised.error().message}});
    std::this_thread::sleep_for(kAgain);
  }
}

void MemoryLimit::lower() {
  state_.with([this](State& state) {
    // What is in use now cannot be given back; the next one does.
    if (--state.raised == 0) (void)state.set(given_);
  });
}

void MemoryLimit::set_unless_raised(std::uint64_t bytes) {
  state_.with([bytes](State& state) {
    if (state.raised == 0) (void)state.set(bytes);
  });
}

}  // namespace spectrum::duckdb
