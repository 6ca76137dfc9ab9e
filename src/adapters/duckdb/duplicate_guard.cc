#include "adapters/duckdb/duplicate_guard.h"

#include <algorithm>
#include <unordered_map>

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

/// The receipt of the batch's oldest event.
std::optional<Timestamp> oldest_receipt(std::span<const ports::PositionedEvent> events) {
  std::optional<Timestamp> oldest;
  for (const auto& [position, event] : events)
    oldest = std::min(oldest.value_or(event.received_at), event.received_at);
  return oldest;
}

struct EventKey {
  model::ProjectId project;
  std::string_view id;

  bool operator==(const EventKey&) const = default;
};
struct HashEventKey {
  std::size_t operator()(const EventKey& key) const {
    return std::hash<std::string_view>()(key.id) ^
           static_cast<std::size_t>(key.project) * 0x9E3779B97F4A7C15u;
  }
};

/// The ids of a batch and the places where they occur.
using Places = std::unordered_multimap<EventKey, std::size_t, HashEventKey>;

Places places_of(std::span<const ports::PositionedEvent> events) {
  Places places;
  places.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    places.emplace(EventKey{events[i].event.project_id, events[i].event.event_id}, i);
  }
  return places;
}

/// Refuses what is in the facts.
Status refuse_stored(Connection& connection, const ports::LoadBatch& batch, const Places& places,
                     std::vector<bool>& refused) {
  const auto [earliest, latest] = std::ranges::minmax_element(
      batch.events, {},
      [](const ports::PositionedEvent& positioned) { return positioned.event.occurred_at; });
  const ports::Value range[] = {batch.deduplicated_since, earliest->event.occurred_at,
                                latest->event.occurred_at};
  return connection.for_each_chunk(std::string(sql::ids_received_before), range, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const auto [begin, end] = places.equal_range({chunk.bigint(0, row), chunk.text(1, row)});
      for (auto place = begin; place != end; ++place) refused[place->second] = true;
    }
  });
}

/// Refuses an event that comes behind an old one with the same id in the batch itself.
void refuse_repeated(const ports::LoadBatch& batch, const Places& places, std::vector<bool>& refused) {
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const auto& event = batch.events[i].event;
    if (refused[i] || event.received_at >= batch.deduplicated_since) continue;
    const auto [begin, end] = places.equal_range({event.project_id, event.event_id});
    for (auto place = begin; place != end; ++place) {
      if (place->second > i) refused[place->second] = true;
    }
  }
}

}  // namespace

Result<DuplicateGuard> DuplicateGuard::open(Connection& connection) {
  TRY(const auto answer, connection.query("SELECT min(received_at) FROM fact_events"));
  DuplicateGuard guard;
  if (const auto* oldest = std::get_if<Timestamp>(&answer.rows[0][0])) guard.oldest_ = *oldest;
  return guard;
}

Result<std::vector<bool>> DuplicateGuard::refused(Connection& connection,
                                                  const ports::LoadBatch& batch) const {
  if (batch.events.empty()) return std::vector<bool>();
  const bool facts_are_old = oldest_ && *oldest_ < batch.deduplicated_since;
  const bool batch_is_old = *oldest_receipt(batch.events) < batch.deduplicated_since;
  if (!facts_are_old && !batch_is_old) return std::vector<bool>();

  std::vector<bool> refused(batch.events.size());
  const Places places = places_of(batch.events);
  if (facts_are_old) CHECK_OK(refuse_stored(connection, batch, places, refused));
  if (batch_is_old) refuse_repeated(batch, places, refused);
  return refused;
}

void DuplicateGuard::loaded(const ports::LoadBatch& batch) {
  const auto oldest = oldest_receipt(batch.events);
  if (oldest) oldest_ = std::min(oldest_.value_or(*oldest), *oldest);
}

}  // namespace spectrum::duckdb
