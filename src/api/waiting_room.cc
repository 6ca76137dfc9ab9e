#include "api/waiting_room.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/this_thread.h"

namespace spectrum::api {
namespace {

constexpr std::size_t kPlaces = 1000;
/// Between two looks at who has come and whose time is over.
constexpr std::chrono::milliseconds kLook{20};

}  // namespace

bool has_to_wait(const load::LoaderStatus& status, model::Position position) {
  switch (status.state) {
    case load::LoaderState::rebuilding: return true;
    case load::LoaderState::running: return status.position < position;
    case load::LoaderState::failed:
    case load::LoaderState::stopped: break;
  }
  return false;
}

WaitingRoom::WaitingRoom(load::Loader& loader)
    : loader_(loader), thread_([this](const std::stop_token& stop) { run(stop); }) {}

WaitingRoom::~WaitingRoom() { close(); }

bool WaitingRoom::wait(model::Position position, Deadline deadline, Then then) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_open_ || guests_.size() >= kPlaces) return false;
    guests_.push_back({position, deadline, std::move(then)});
  }
  changed_.notify_one();
  return true;
}

void WaitingRoom::close() {
  {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  for (const auto& guest : std::exchange(guests_, {})) guest.then(false);
}

void WaitingRoom::run(const std::stop_token& stop) {
  name_thread("wait");
  while (const auto first = first_position(stop)) {
    if (loader_.wait_until_running(kLook)) loader_.wait_until(*first, kLook);
    let_go();
  }
}

/// The lowest that somebody waits for; sleeps while nobody does. Nothing once the room closes.
std::optional<model::Position> WaitingRoom::first_position(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !guests_.empty(); });
  if (stop.stop_requested()) return std::nullopt;
  return std::ranges::min_element(guests_, {}, &Guest::position)->position;
}

void WaitingRoom::let_go() {
  const auto status = loader_.status();
  const auto now = std::chrono::steady_clock::now();
  std::vector<Guest> going;
  {
    const std::lock_guard lock(mutex_);
    const auto stays = [&](const Guest& guest) { return has_to_wait(status, guest.position) && now < guest.deadline; };
    const auto first = std::stable_partition(guests_.begin(), guests_.end(), stays);
    going.assign(std::make_move_iterator(first), std::make_move_iterator(guests_.end()));
    guests_.erase(first, guests_.end());
  }
  for (const auto& guest : going) guest.then(!has_to_wait(status, guest.position));
}

}  // namespace spectrum::api
