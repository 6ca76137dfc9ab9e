#include "api/sessions.h"

#include "base/sha256.h"

namespace spectrum::api {
namespace {

constexpr std::size_t kTokenBytes = 24;

/// Tokens are looked up by digest, so that the time a lookup takes says nothing about them.
std::string digest(const std::string& token) { return to_hex(sha256(token)); }

}  // namespace

std::string Sessions::open(std::string key) {
  std::string token = random_hex(kTokenBytes);
  const Timestamp now = clock_.now();
  state_.with([&](State& state) {
    std::erase_if(state.by_digest, [now](const auto& one) { return one.second.used_at + kLifetime < now; });
    state.by_digest[digest(token)] = {std::move(key), now};
  });
  return token;
}

std::optional<std::string> Sessions::key_of(const std::string& token) {
  const Timestamp now = clock_.now();
  return state_.with([&](State& state) -> std::optional<std::string> {
    const auto found = state.by_digest.find(digest(token));
    if (found == state.by_digest.end() || found->second.used_at + kLifetime < now) return std::nullopt;
    found->second.used_at = now;
    return found->second.key;
  });
}

void Sessions::close(const std::string& token) {
  state_.with([&](State& state) { state.by_digest.erase(digest(token)); });
}

bool Sessions::may_try() {
  const Timestamp since = clock_.now() - std::chrono::minutes(1);
  return state_.with([&](State& state) {
    while (!state.failures.empty() && state.failures.front() < since) state.failures.pop_front();
    return state.failures.size() < kMaxFailures;
  });
}

void Sessions::note_failure() {
  state_.with([&](State& state) { state.failures.push_back(clock_.now()); });
}

}  // namespace spectrum::api
