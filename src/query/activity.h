#pragma once

#include <bit>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

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
  Key key() const {
    Key key(sql_, parameters_);
    key.second.emplace_back(type_);
    return key;
  }

 private:
  explicit ActiveEvents(const Scope& scope) : scope_(&scope) {}

  const Scope* scope_;
  std::string sql_;
  std::vector<ports::Value> parameters_;  ///< those of a reading are left out
  std::string type_;                      ///< that of the events, where `sql_` lets all types through
  bool is_of_facts_ = false;
};

/// In which of some spans of time each user did something.
class Activity {
 public:
  /// Span i is [edges[i], edges[i + 1]).
  static Result<Activity> read(ports::Warehouse& warehouse, const Scope& scope, std::vector<Timestamp> edges,
                               const ActiveEvents& events);

  std::size_t spans() const { return edges_.size() - 1; }
  /// Calls `use(user, spans)` for each user that was active, by their numbers in the warehouse; the spans ascend.
  template <typename Use>
  void for_each_user(const Use& use) const {
    std::vector<std::uint32_t> spans;
    for (std::size_t user = 0; user < pages_.size() * kPageUsers; ++user) {
      const auto& page = pages_[user / kPageUsers];
      if (!page) {
        user += kPageUsers - 1;
        continue;
      }
      spans.clear();
      for (std::size_t byte = 0; byte < bytes_; ++byte) {
        for (unsigned bits = page[user % kPageUsers * bytes_ + byte]; bits != 0; bits &= bits - 1) {
          spans.push_back(static_cast<std::uint32_t>(byte * 8) + static_cast<std::uint32_t>(std::countr_zero(bits)));
        }
      }
      if (!spans.empty()) use(static_cast<std::int64_t>(user), std::span<const std::uint32_t>(spans));
    }
  }

 private:
  static constexpr std::size_t kPageUsers = 128;

  explicit Activity(std::vector<Timestamp> edges) : edges_(std::move(edges)), bytes_((edges_.size() + 6) / 8) {}
  std::uint8_t* bits_of(std::int64_t user);
  std::size_t memory() const { return pages_.size() * sizeof(pages_.front()) + page_count_ * kPageUsers * bytes_; }

  std::vector<Timestamp> edges_;
  std::size_t bytes_;  ///< of 8 spans each, for each user
  std::vector<std::unique_ptr<std::uint8_t[]>> pages_;  ///< of users by number; none: nobody of them was active
  std::size_t page_count_ = 0;
};

}  // namespace spectrum::query
