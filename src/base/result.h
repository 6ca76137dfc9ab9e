#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace spectrum {

/// What went wrong, named by what the caller does next.
enum class Errc {
  invalid,      ///< the input is wrong; sending it again will not help
  not_found,    ///< the thing asked for does not exist
  conflict,     ///< it exists already, or somebody else owns it
  too_large,    ///< more than may come at once; send it in parts
  limited,      ///< too much for now; retry later
  unavailable,  ///< a resource is missing for now (disk full, shutting down); retry later
  corrupt,      ///< stored bytes are damaged; stop writing, a human has to look
  internal,     ///< anything else: a bug or an unexpected answer of a library
};

std::string_view name(Errc code);

/// A failure: its code, and a message for the operator that says what to do.
struct [[nodiscard]] Error {
  Errc code;
  std::string message;
  std::chrono::seconds retry_after{1};  ///< of what may be retried later
};

inline Error invalid(std::string message) { return {Errc::invalid, std::move(message)}; }
inline Error not_found(std::string message) { return {Errc::not_found, std::move(message)}; }
inline Error conflict(std::string message) { return {Errc::conflict, std::move(message)}; }
inline Error too_large(std::string message) { return {Errc::too_large, std::move(message)}; }
inline Error limited(std::string message, std::chrono::seconds retry_after = std::chrono::seconds(1)) {
  return {Errc::limited, std::move(message), retry_after};
}
inline Error unavailable(std::string message) { return {Errc::unavailable, std::move(message)}; }
inline Error corrupt(std::string message) { return {Errc::corrupt, std::move(message)}; }
inline Error internal(std::string message) { return {Errc::internal, std::move(message)}; }

/// A value or an Error. `value()` on an error is a bug and ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    SPECTRUM_ASSERT(ok(), error().message);
    return std::get<0>(state_);
  }
  const T& value() const& {
    SPECTRUM_ASSERT(ok(), error().message);
    return std::get<0>(state_);
  }
  T&& value() && {
    SPECTRUM_ASSERT(ok(), error().message);
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

#define SPECTRUM_CONCAT_(a, b) a##b
#define SPECTRUM_CONCAT(a, b) SPECTRUM_CONCAT_(a, b)
#define SPECTRUM_TRY(result, declaration, ...)  \
  auto result = (__VA_ARGS__);                  \
  if (!result.ok()) return std::move(result).error(); \
  declaration = std::move(result).value()

/// `TRY(auto x, f());` — x is f's value, or this function returns f's error.
#define TRY(declaration, ...) SPECTRUM_TRY(SPECTRUM_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)

/// `CHECK_OK(f());` — returns f's error, if it has one.
#define CHECK_OK(...)                                                    \
  do {                                                                   \
    if (auto status_ = (__VA_ARGS__); !status_.ok()) return status_.error(); \
  } while (false)

}  // namespace spectrum
