#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace spectrum {

/// 128 bits: a UUID's value, or a digest.
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Id128&) const = default;
};

/// The value of a UUID in canonical form (36 characters, lower case); nothing for any other text.
std::optional<Id128> parse_uuid(std::string_view text);

/// Appends the canonical form.
void append_uuid(std::string& out, Id128 id);

/// A random generator of UUIDs of version 7 (RFC 9562): sortable by time to the millisecond. One thread at a time.
class Uuid7Generator {
 public:
  Uuid7Generator();
  Id128 next(Timestamp now);

 private:
  std::uint64_t random();
  std::array<std::uint64_t, 4> state_;
};

/// A UUID of version 7 with the time and 128 random bits, of which 74 are used.
Id128 as_uuid7(Timestamp time, Id128 random);

/// Marks 128 arbitrary bits as a UUID of version 8 (RFC 9562): one derived by a rule of our own.
Id128 as_uuid8(Id128 bits);

}  // namespace spectrum
