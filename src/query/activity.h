#pragma once

#include <span>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// Before any event.
inline constexpr Timestamp kBeginning{std::chrono::seconds(-62'135'596'800)};

/// In which of some spans of time each user did something.
class Activity {
 public:
  /// Of the events that a selector matches, among those that `filters` let exist. Span i is [edges[i], edges[i + 1]);
  /// the scope's range plays no part.
  static Result<Activity> read(ports::Warehouse& warehouse, const Scope& scope, std::vector<Timestamp> edges,
                               const Json& selector, std::string_view pointer, const Json* filters = nullptr);

  std::size_t spans() const { return edges_.size() - 1; }
  std::size_t users() const { return users_.size(); }
  /// The number of a user in the warehouse.
  std::int64_t user(std::size_t i) const { return users_[i]; }
  /// The spans in which a user was active, ascending; never none.
  void spans_of(std::size_t i, std::vector<std::uint32_t>& spans) const;

 private:
  explicit Activity(std::vector<Timestamp> edges) : edges_(std::move(edges)), words_((edges_.size() + 62) / 64) {}
  void add(std::int64_t user, std::size_t span);

  std::vector<Timestamp> edges_;
  std::size_t words_;                 ///< of 64 spans each, for each user
  std::vector<std::uint32_t> places_; ///< of each user by number: which of `users_` it is, from 1; 0: none yet
  std::vector<std::int64_t> users_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace spectrum::query
