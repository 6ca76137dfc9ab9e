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
  return is_due_ || warehouse_.stats().pending_bytes > options_.at_most_bytes ? checkpoint() : Status();
}

Status Checkpointer::idle() {
  if (is_due_) return checkpoint();
  if (std::chrono::steady_clock::now() - last_load_ < options_.quiet) return {};
  return warehouse_.stats().pending_bytes > options_.worth_bytes ? checkpoint() : Status();
}

Status Checkpointer::checkpoint() {
  is_due_ = true;
  const auto now = std::chrono::steady_clock::now();
  if (now < not_before_) return {};
  const Status room = room_ ? room_(warehouse_.stats().pending_bytes) : Status();
  const Status done = room.ok() ? warehouse_.checkpoint() : room;
  is_due_ = !done.ok();
  if (done.ok() || (room.ok() && done.error().code != Errc::conflict)) return done;
  log_warning("the warehouse is written to its file later", {{"reason", done.error().message}});
  not_before_ = now + options_.retry;
  return {};
}

}  // namespace spectrum::load
