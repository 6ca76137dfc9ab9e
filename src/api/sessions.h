#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"

namespace spectrum::api {

/// Browsers that have signed in with a key: the key stays here, the browser holds a random token in a cookie. Gone when
/// the server ends. Thread-safe.
class Sessions {
 public:
  static constexpr std::chrono::hours kLifetime{12};  ///< since it was used last
  static constexpr std::size_t kMaxFailures = 10;     ///< within a minute, before nobody may try

  explicit Sessions(const Clock& clock) : clock_(clock) {}

  /// Returns the new session's token.
  std::string open(std::string key);
  /// The key that a token stands for.
  std::optional<std::string> key_of(const std::string& token);
  void close(const std::string& token);

  /// False while too many wrong keys came in the last minute.
  bool may_try();
  void note_failure();

 private:
  struct Session {
    std::string key;
    Timestamp used_at;
  };
  struct State {
    std::map<std::string, Session> by_digest;
    std::deque<Timestamp> failures;
  };
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace spectrum::api
