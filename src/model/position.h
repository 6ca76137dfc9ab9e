#pragma once

#include <compare>
#include <cstdint>

namespace spectrum::model {

/// A place in the event log: 1 for the first record, then one more each. 0 is "before everything".
using Position = std::uint64_t;

/// The number of a project inside the store; users see its slug.
using ProjectId = std::int64_t;

/// The project that is there from the start, slug `default`.
inline constexpr ProjectId kDefaultProject = 1;

}  // namespace spectrum::model
