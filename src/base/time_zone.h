#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/time_text.h"

namespace spectrum {

/// Whether the system's time zone database has this IANA name.
bool is_time_zone(const std::string& name);

/// An IANA time zone out of the system's database. Immutable; thread-safe.
class TimeZone {
 public:
  static Result<TimeZone> find(const std::string& name);

  const std::string& name() const { return name_; }

  /// What a clock on the wall there shows.
  LocalTime to_local(Timestamp instant) const;
  /// The first instant at which that clock shows `local` or something later: in a gap the end of the gap, in a repeated
  /// hour its first pass.
  Timestamp to_instant(LocalTime local) const;

  /// A span of constant offset from UTC.
  struct Span {
    Timestamp from;   ///< clipped to what was asked for
    Timestamp until;  ///< exclusive
    std::chrono::seconds offset;
  };
  /// The spans that cover [from, until), in order.
  std::vector<Span> spans(Timestamp from, Timestamp until) const;

  /// `2026-11-01T01:00:00-04:00`.
  std::string format(Timestamp instant) const;

 private:
  struct Zone;
  explicit TimeZone(std::string name, std::shared_ptr<const Zone> zone) : name_(std::move(name)), zone_(std::move(zone)) {}

  std::string name_;
  std::shared_ptr<const Zone> zone_;
};

}  // namespace spectrum
