#include "load/checkpointer.h"

#include "base/log.h"

namespace spectrum::load {

Checkpointer::Checkpointer(ports::Warehouse& warehouse, Room room, CheckpointOptions options)
    : warehouse_(warehouse),
      room_(std::move(room)),
      options_(options),
      last_load_(std::chrono::steady_clock::now()),
      not_before_(last_load_) {}

Status Checkpointer::loaded() {
  last_load_ = std::chrono::steady_clock::now();
  return warehouse_.stats().wal_bytes > options_.at_most_bytes ? fold() : Status();
}

Status Checkpointer::idle() {
  if (std::chrono::steady_clock::now() - last_load_ < options_.quiet) return {};
  return warehouse_.stats().wal_bytes > options_.worth_bytes ? fold() : Status();
}

Status Checkpointer::fold() {
  const auto now = std::chrono::steady_clock::now();
  if (now < not_before_) return {};
  const Status room = room_ ? room_(warehouse_.stats().wal_bytes) : Status();
  const Status done = room.ok() ? warehouse_.checkpoint() : room;
  if (done.ok() || (room.ok() && done.error().code != Errc::conflict)) return done;
  log_warning("the warehouse's write-ahead log is folded later", {{"reason", done.error().message}});
  not_before_ = now + options_.retry;
  return {};
}

}  // namespace spectrum::load
