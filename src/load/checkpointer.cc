#include "load/checkpointer.h"

namespace spectrum::load {

Checkpointer::Checkpointer(ports::Warehouse& warehouse, CheckpointOptions options)
    : warehouse_(warehouse), options_(options), last_load_(std::chrono::steady_clock::now()) {}

Status Checkpointer::loaded() {
  last_load_ = std::chrono::steady_clock::now();
  return warehouse_.stats().wal_bytes > options_.at_most_bytes ? warehouse_.checkpoint() : Status();
}

Status Checkpointer::idle() {
  if (std::chrono::steady_clock::now() - last_load_ < options_.quiet) return {};
  return warehouse_.stats().wal_bytes > options_.worth_bytes ? warehouse_.checkpoint() : Status();
}

}  // namespace spectrum::load
