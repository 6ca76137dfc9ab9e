#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "ingest/refusal.h"
#include "model/event.h"
#include "model/project.h"

namespace spectrum::ingest {

inline constexpr std::size_t kMaxEventBytes = 256 << 10;
inline constexpr std::size_t kMaxEventsPerRequest = 10'000;

/// What a request's body holds besides events.
struct DecodedBody {
  bool is_single = false;      ///< one bare object, as opposed to a list with one
  bool is_camel_case = false;  ///< some field was named like `userId`
  std::size_t count = 0;       ///< events, good and bad
};

/// Takes events one by one, in the order of the request. Views live only during the call.
class DecodeSink {
 public:
  virtual ~DecodeSink() = default;
  /// `id_was_made`: the event came without an id and got one.
  virtual void on_event(const model::Event& event, bool id_was_made) = 0;
  virtual void on_refused(const Refusal& refusal, std::string_view payload) = 0;
};

/// How the events of a body are told apart.
enum class Framing {
  json,    ///< one object, an array, or `{"events": […]}`
  ndjson,  ///< one object a line
};

/// Reads events out of JSON: names and aliases, types, limits, defaults (API reference, "Taking events"). Keeps buffers
/// between calls; one thread at a time.
class EventDecoder {
 public:
  EventDecoder();
  ~EventDecoder();

  struct Context {
    const model::Project& project;
    Timestamp received_at;
    /// The id of an event that has none is derived from this instead of being random; for replays.
    std::string_view id_seed = {};
    Timestamp now = received_at;  ///< later than the receipt in replays; what may lie ahead counts from here
  };

  /// `body` must be followed by 64 readable bytes. `invalid` when it is no JSON at all, or when it holds more than
  /// kMaxEventsPerRequest events (`too_large`): then what the sink was given is void.
  Result<DecodedBody> decode(std::string_view body, Framing framing, const Context& context, DecodeSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::ingest
