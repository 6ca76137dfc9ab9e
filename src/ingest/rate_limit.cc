#include "ingest/rate_limit.h"

#include <algorithm>

namespace spectrum::ingest {
namespace {

constexpr std::chrono::seconds kBurst{1};

}  // namespace

std::optional<std::chrono::seconds> RateLimit::take(model::ProjectId project, std::size_t events, Instant now) {
  if (events_per_second_ == 0) return std::nullopt;
  const std::chrono::duration<double> cost(static_cast<double>(events) / static_cast<double>(events_per_second_));
  return free_at_.with([&](auto& by_project) -> std::optional<std::chrono::seconds> {
    Instant& free_at = by_project[project];
    if (free_at > now) return std::chrono::ceil<std::chrono::seconds>(free_at - now);
    free_at = std::max(free_at, now - kBurst) + std::chrono::duration_cast<Instant::duration>(cost);
    return std::nullopt;
  });
}

}  // namespace spectrum::ingest
