#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "load/loader.h"

namespace spectrum::api {

/// Whether a question about everything up to `position` has to wait; not when it would wait in vain.
bool has_to_wait(const load::LoaderStatus& status, model::Position position);

/// Where requests wait until the loader has come to a position, without a thread of their own. Thread-safe.
class WaitingRoom {
 public:
  using Then = std::function<void(bool is_over)>;
  using Deadline = std::chrono::steady_clock::time_point;

  explicit WaitingRoom(load::Loader& loader);
  /// Closes it.
  ~WaitingRoom();

  /// Hurries the loader, and calls `then(true)` when nobody has to wait for the position any more, or `then(false)` at the
  /// deadline or when the room closes: from another thread, so it must not block. False when the room is full or closed:
  /// then nothing is called.
  [[nodiscard]] bool wait(model::Position position, Deadline deadline, Then then);

  /// Sends away those who wait, and lets nobody in again. Idempotent.
  void close();

 private:
  struct Guest {
    model::Position position;
    Deadline deadline;
    Then then;
  };

  void run(const std::stop_token& stop);
  std::optional<model::Position> first_position(const std::stop_token& stop);
  void let_go();

  load::Loader& loader_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_open_ = true;
  std::vector<Guest> guests_;
  std::jthread thread_;
};

}  // namespace spectrum::api
