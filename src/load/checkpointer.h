#pragma once

#include <chrono>

#include "ports/warehouse.h"

namespace spectrum::load {

struct CheckpointOptions {
  std::chrono::milliseconds quiet{3000};     ///< how long nothing came before a moment counts as quiet
  std::uint64_t worth_bytes = 16u << 20;     ///< a smaller write-ahead log stays, even then
  std::uint64_t at_most_bytes = 200u << 20;  ///< a larger one delays the next start, so it goes at once
};

/// Decides when the warehouse folds its write-ahead log into its file: in quiet moments, or when it grows too
/// long.
class Checkpointer {
 public:
  Checkpointer(ports::Warehouse& warehouse, CheckpointOptions options);

  /// After each load.
  Status loaded();
  /// Now and then while nothing comes.
  Status idle();

 private:
  ports::Warehouse& warehouse_;
  const CheckpointOptions options_;
  std::chrono::steady_clock::time_point last_load_;
};

}  // namespace spectrum::load
