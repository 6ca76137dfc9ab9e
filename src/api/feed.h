#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "model/position.h"
#include "ports/event_log.h"

namespace spectrum::api {

/// What one client of the feed wants to hear of a project.
struct Subscription {
  model::ProjectId project = model::kDefaultProject;
  bool events = false;
  bool rates = false;
  std::function<std::string()> health;   ///< the text of that topic, asked for now and then; empty: not wanted
  std::string event_type;                ///< only these events; empty: all
  std::string user_id;                   ///< only this user's; empty: everybody's
  std::optional<model::Position> after;  ///< begin behind this position; nothing: with what comes next
  std::function<bool()> is_allowed;      ///< asked again now and then: a key may be revoked
};

/// Tells clients what is received, as soon as it is durable, in the form of Server-Sent Events. One thread follows the
/// log for all of them, while there are any. What a client cannot take in time it is not shown, and is told how much that
/// is. Thread-safe.
class Feed {
 public:
  static constexpr std::size_t kMaxStreams = 100;
  static constexpr std::uint64_t kMostShown = 50;  ///< events a second that a client is shown
  static constexpr model::Position kHeld = 10'000;   ///< so far back a client may resume

  /// The log must outlive the feed.
  explicit Feed(ports::EventLog& log);
  /// Stops.
  ~Feed();

  /// Answers a request with a stream; false when there are too many already, and the request waits for its answer.
  bool subscribe(Subscription subscription, const http::Responder& responder);
  /// How many streams are open.
  std::size_t streams() const;
  /// Ends all streams. Idempotent.
  void stop();

 private:
  class Listener;
  using SteadyTime = std::chrono::steady_clock::time_point;

  void run(const std::stop_token& stop);
  bool wait_for_tick(const std::stop_token& stop);
  void admit();
  void follow_log();
  void skip_to(model::Position position);

  ports::EventLog& log_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<Listener>> arriving_;
  std::size_t streams_ = 0;  // arriving ones as well

  // The thread's own.
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<ports::EventLogReader> reader_;
  model::Position position_ = 0;  // read up to here

  std::jthread thread_;
};

}  // namespace spectrum::api
