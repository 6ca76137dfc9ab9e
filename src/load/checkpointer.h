#pragma once

#include <chrono>
#include <functional>

#include "ports/warehouse.h"

namespace spectrum::load {

struct CheckpointOptions {
  std::chrono::milliseconds quiet{3000};     ///< how long nothing came before a moment counts as quiet
  std::uint64_t worth_bytes = 16u << 20;     ///< less stays pending, even then
  std::uint64_t at_most_bytes = 200u << 20;  ///< more would take memory, and time after a crash: it is written at once
  std::chrono::milliseconds retry{5'000};    ///< after it could not be
};

/// `unavailable` while writing so many bytes would fill the disk; may be empty.
using Room = std::function<Status(std::uint64_t bytes)>;

/// Decides when the warehouse writes what is pending to its file: in quiet moments, or when it grows too much. Puts it
/// off while the disk has no room or somebody else is at it.
class Checkpointer {
 public:
  Checkpointer(ports::Warehouse& warehouse, Room room, CheckpointOptions options);

  /// After each load.
  Status loaded();
  /// Now and then while nothing comes.
  Status idle();
  /// In any case; one that has to be put off is tried again by the calls above.
  Status checkpoint();

 private:

  ports::Warehouse& warehouse_;
  const Room room_;
  const CheckpointOptions options_;
  bool is_due_ = false;
  std::chrono::steady_clock::time_point last_load_;
  std::chrono::steady_clock::time_point not_before_;
};

}  // namespace spectrum::load
