#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// Before any event.
inline constexpr Timestamp kBeginning{std::chrono::seconds(-62'135'596'800)};

/// The events that make users active: those that a selector matches, among those that `filters` let exist.
class ActiveEvents {
 public:
  /// The users and the times of some of them.
  using Use = std::function<Status(std::span<const std::int64_t> users, std::span<const std::int64_t> times)>;

  /// The scope has to outlive it; its range plays no part.
  static Result<ActiveEvents> of(const Scope& scope, const Json& selector, std::string_view pointer, const Json* filters = nullptr);

  /// Hands out those in [from, until) behind a position, in no order.
  Status read(ports::Warehouse& warehouse, Timestamp from, Timestamp until, model::Position after, const Use& use) const;

  /// Whether facts alone say which they are: facts stay as they are.
  bool is_of_facts() const { return is_of_facts_; }
  /// The same for all scopes that ask for the same.
  using Key = std::pair<std::string, std::vector<ports::Value>>;
  Key key() const { return {sql_, parameters_}; }

 private:
  explicit ActiveEvents(const Scope& scope) : scope_(&scope) {}

  const Scope* scope_;
  std::string sql_;
  std::vector<ports::Value> parameters_;  ///< those of a reading are left out
  bool is_of_facts_ = false;
};

/// In which of some spans of time each user did something.
class Activity {
 public:
  /// Span i is [edges[i], edges[i + 1]).
  static Result<Activity> read(ports::Warehouse& warehouse, const Scope& scope, std::vector<Timestamp> edges,
                               const ActiveEvents& events);

  std::size_t spans() const { return edges_.size() - 1; }
  std::size_t users() const { return users_.size(); }
  /// The number of a user in the warehouse.
  std::int64_t user(std::size_t i) const { return users_[i]; }
  /// The spans in which a user was active, ascending; never none.
  void spans_of(std::size_t i, std::vector<std::uint32_t>& spans) const;

 private:
  explicit Activity(std::vector<Timestamp> edges) : edges_(std::move(edges)), words_((edges_.size() + 62) / 64) {}
  /// Which of `users_` it is; a new one if need be.
  std::size_t place_of(std::int64_t user);

  std::vector<Timestamp> edges_;
  std::size_t words_;                 ///< of 64 spans each, for each user
  std::vector<std::uint32_t> places_; ///< of each user by number: which of `users_` it is, from 1; 0: none yet
  std::vector<std::int64_t> users_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace spectrum::query
