#pragma once

#include <span>

#include "base/result.h"
#include "model/event.h"

namespace spectrum::load {

struct PositionedRejection {
  model::Position position = 0;
  model::Rejection rejection;
};

/// A quarantine item came back through the log: as an event, or as one that was stored already.
struct Replayed {
  model::Position item = 0;  ///< the position of the rejection
  model::Position by = 0;    ///< the position of the record that says so
};

/// Where rejections go on their way through the log.
class RejectionSink {
 public:
  virtual ~RejectionSink() = default;

  /// Stores rejections and closes replayed items, durably: the warehouse moves past them only after this
  /// returned. After a crash the same ones come again, so both have to be idempotent, by position. The texts
  /// live for the call. `limited` and `unavailable` are tried again.
  virtual Status keep(std::span<const PositionedRejection> rejections,
                      std::span<const Replayed> replayed) = 0;
};

}  // namespace spectrum::load
