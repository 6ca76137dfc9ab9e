#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/json.h"
#include "query/filter.h"
#include "query/labels.h"
#include "query/scope.h"
#include "query/selectors.h"
#include "ports/warehouse.h"

namespace spectrum::query {

/// An event as a walk sees it. Room for millions of them is taken without being cleared.
struct Event {
  std::int64_t owner;     ///< whose it is: the number of a user, or of a session
  std::int64_t at;        ///< microseconds since 1970
  std::int64_t seq;       ///< its position: the order of events of one time
  std::uint32_t matches;  ///< bit i: it matches selector i
  std::uint32_t label;    ///< its texts, see UserEvents::labels
};

inline bool is_before(const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.seq < b.seq; }

/// The events group by group, in `sorted`; those of each group stay in their order.
std::span<const Event> sort_by_group(std::span<const Event> events, LabelGroups& groups, std::vector<Event>& sorted);

/// Reads the events that a question needs and hands them out user by user (or session by session), those of each in
/// their order. What does not fit into the memory of a question is read in several parts.
class UserEvents {
 public:
  using Walk = std::function<void(std::span<const Event>)>;

  /// The events of the scope's project and range that the body's `filters` let exist.
  static Result<UserEvents> of(const Scope& scope, const Json& body);

  /// Asks for the events that a selector matches; returns its number, counted from 0.
  Result<std::size_t> add_selector(const Json& selector, std::string_view pointer) { return selectors_.add(selector, pointer, compiler_); }
  /// Asks for the text of a property; returns its column among the labels.
  Result<std::size_t> add_text(const std::string& property, std::string_view pointer);
  /// Asks for the number of the user, or of the session, as a text.
  std::size_t add_user() { return add_column("CAST(e.user_id AS VARCHAR)"); }
  std::size_t add_session() { return add_column("CAST(e.session_id AS VARCHAR)"); }

  /// Looks at sessions instead of users.
  void by_session() { by_session_ = true; }
  /// Events that match no selector come, too.
  void with_all_events() { all_events_ = true; }
  void set_until(Timestamp until) { until_ = until; }

  /// Calls `walk` with all events of each owner, never none. Once.
  Status read(ports::Warehouse& warehouse, const Walk& walk);
  /// The texts of the events read so far; there for good when all were asked for.
  const Labels& labels() const { return *labels_; }

 private:
  /// The owners whose number is `rest` modulo 2^shift.
  struct Part {
    unsigned shift;
    std::int64_t rest;
  };
  template <typename Kept>
  class Piles;
  enum class Reading { done, too_many, out_of_order };

  explicit UserEvents(const Scope& scope)
      : scope_(scope), until_(scope.range.until), compiler_(scope) {}
  std::size_t add_column(std::string text);
  std::string types(FilterCompiler& compiler) const;
  /// Whether it looks at nothing of an event but its user, its time and its type.
  bool is_of_types() const;
  std::string sql(const Part& part, FilterCompiler& compiler) const;
  template <typename Kept>
  Result<Reading> read_part(ports::Warehouse& warehouse, const Part& part, const Walk& walk);

  const Scope& scope_;
  Timestamp until_;
  FilterCompiler compiler_;
  std::string condition_;
  Selectors selectors_;
  std::vector<std::string> texts_;
  std::unique_ptr<Labels> labels_ = std::make_unique<Labels>(0);
  bool by_session_ = false;
  bool all_events_ = false;
};

}  // namespace spectrum::query
