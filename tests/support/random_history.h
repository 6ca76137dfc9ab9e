#pragma once

#include <deque>
#include <random>

#include "ports/warehouse.h"
#include "query/scope.h"
#include "tests/support/naive_events.h"

namespace spectrum {

/// A few users' events of a few types at a few times, so that everything that is rare elsewhere is frequent: equal
/// timestamps, repeated steps, late events, shared sessions, ends of windows met exactly.
class RandomHistory {
 public:
  RandomHistory(std::mt19937& random, model::ProjectId number) : random_(random) {
    project_.number = number;
    static constexpr std::int64_t kUnits[] = {10, 600, 21'600, 86'400};
    unit_ = kUnits[pick(4)];
    base_ = to_micros(*parse_rfc3339(pick(2) == 0 ? "2026-03-27T00:00:00Z" : "2026-10-30T00:00:00Z"));
  }

  /// Makes `count` events, anywhere in time, and loads them behind `after`; again for more of them.
  void load(ports::Warehouse& warehouse, int count, model::Position after) {
    std::vector<ports::PositionedEvent> stored;
    const int users = 1 + pick(4);
    for (int i = 0; i < count; ++i) {
      model::Event event;
      naive::Event told;
      event.project_id = project_.number;
      event.event_id = keep("p" + std::to_string(project_.number) + "-" + std::to_string(events_.size()));
      event.event_type = keep(std::string(1, static_cast<char>('a' + pick(4))));
      told.type = event.event_type;
      told.at = base_ + (pick(30) * unit_) * 1'000'000 + (pick(12) == 0 ? pick(3) : 0);
      event.occurred_at = from_micros(told.at);
      event.received_at = from_micros(base_ + 400ll * 86'400 * 1'000'000);
      const std::string who = "u" + std::to_string(pick(users));
      const bool is_anonymous = pick(6) == 0;
      (is_anonymous ? event.anonymous_id : event.user_id) = keep(who);
      told.user = (is_anonymous ? "~" : "") + who;
      set(told, "session_id", event.session_id, pick(4) > 0, "s" + std::to_string(pick(5)));
      set(told, "source", event.source, pick(3) > 0, pick(2) == 0 ? "web" : "app");
      set(told, "product.sku", event.product_sku, pick(3) > 0, "k" + std::to_string(pick(3)));
      std::string_view plan;
      set(told, "plan", plan, pick(2) > 0, pick(2) == 0 ? "pro" : "Free");
      if (!plan.empty()) event.properties = keep("{\"plan\":\"" + std::string(plan) + "\"}");
      stored.push_back({++after, event});
      told.seq = static_cast<std::int64_t>(after);
      events_.push_back(told);
    }
    (void)warehouse.load({stored, {}, after - static_cast<model::Position>(count), after, {}}).value();
    std::sort(events_.begin(), events_.end(), [](const auto& a, const auto& b) { return std::pair(a.at, a.seq) < std::pair(b.at, b.seq); });
    const ports::Value number = project_.number;
    const auto known = warehouse.query("SELECT user_id, user_uuid, anonymous FROM dim_users WHERE project_id = $1", {&number, 1}).value();
    for (const auto& row : known.rows) {
      names_[std::get<std::int64_t>(row[0])] = (std::get<bool>(row[2]) ? "~" : "") + std::get<std::string>(row[1]);
    }
    last_ = after;
  }

  /// A range, a zone, a present and a position to ask about.
  query::Scope scope() {
    static const char* const kZones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"};
    const auto zone = TimeZone::find(kZones[pick(4)]).value();
    const std::int64_t first = pick(20) - 3, last = first + 1 + pick(20);
    const auto bound = [&](std::int64_t k) { return format_rfc3339(from_micros(base_ + k * unit_ * 1'000'000)); };
    const bool by_date = pick(2) == 0;
    const auto from = bound(first), to = bound(last);
    const Timestamp now = from_micros(base_ + pick(60) * unit_ * 1'000'000);
    const auto range = query::parse_range(by_date ? from.substr(0, 10) : from, by_date ? to.substr(0, 10) : to, zone, now).value();
    const model::Position as_of = pick(3) > 0 ? last_ : last_ - static_cast<model::Position>(pick(static_cast<int>(events_.size())));
    return {project_, range, as_of, now};
  }

  /// What exists for a question.
  naive::Asked asked(const query::Scope& scope, const std::vector<naive::Filter>& filters) const {
    naive::Asked asked{{}, to_micros(scope.range.from), to_micros(scope.range.until), to_micros(scope.now), scope.range.zone.name()};
    for (const auto& event : events_) {
      if (event.seq <= static_cast<std::int64_t>(scope.as_of) && naive::all_hold(filters, event)) asked.events.push_back(event);
    }
    return asked;
  }

  naive::Selector selector() {
    naive::Selector selector;
    if (pick(6) > 0) selector.type = std::string(1, static_cast<char>('a' + pick(4)));
    if (pick(5) == 0) selector.filters.push_back(filter());
    return selector;
  }
  std::vector<naive::Filter> filters() {
    if (pick(4) > 0) return {};
    return {filter()};
  }
  /// Some properties, at most so many.
  std::vector<std::string> properties(int most) {
    std::vector<std::string> names = {"source", "product.sku", "plan", "event_type", "session_id"};
    std::shuffle(names.begin(), names.end(), random_);
    names.resize(static_cast<std::size_t>(pick(most + 1)));
    return names;
  }
  /// A window in the data's own unit, in seconds.
  std::int64_t window() { return (1 + pick(12)) * unit_; }
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  const std::string& name(std::int64_t user) const { return names_.at(user); }

 private:
  naive::Filter filter() {
    static const naive::Filter kFilters[] = {{"source", "eq", "web"}, {"source", "ne", "web"}, {"plan", "eq", "pro"},
                                             {"plan", "exists", ""},  {"event_type", "ne", "c"}, {"product.sku", "ne", "k1"}};
    return kFilters[pick(6)];
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  void set(naive::Event& told, const std::string& name, std::string_view& field, bool is_there, const std::string& value) {
    if (!is_there) return;
    field = keep(value);
    told.properties[name] = value;
  }

  std::mt19937& random_;
  model::Project project_;
  std::int64_t unit_ = 0;  ///< seconds
  std::int64_t base_ = 0;
  std::deque<std::string> texts_;
  std::vector<naive::Event> events_;
  std::map<std::int64_t, std::string> names_;
  model::Position last_ = 0;
};

}  // namespace spectrum
