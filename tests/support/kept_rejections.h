#pragma once

#include <set>

#include "load/rejection_sink.h"

namespace spectrum::load {

/// Remembers where the rejections lay that it got.
class KeptRejections final : public RejectionSink {
 public:
  Status keep(std::span<const PositionedRejection> rejections, std::span<const Replayed>) override {
    for (const auto& rejection : rejections) positions.insert(rejection.position);
    return {};
  }

  std::set<model::Position> positions;
};

}  // namespace spectrum::load
