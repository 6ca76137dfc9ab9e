#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ports/warehouse.h"

namespace spectrum {

/// What the star schema has to hold after some events, worked out the slow and obvious way.
class StarModel {
 public:
  using Row = std::vector<ports::Value>;
  using Rows = std::vector<Row>;

  void add(model::Position position, const model::Event& event) { events_.push_back({position, event}); }

  Rows facts() const {
    Rows rows;
    Keys keys;
    for (const auto& [position, event] : events_) {
      const auto user = keys.users.number(user_key(event));
      rows.push_back({text(event.event_id),
                      number(position),
                      event.project_id,
                      user,
                      event.product_sku.empty()
                          ? ports::Value()
                          : keys.products.number({event.project_id, false, std::string(event.product_sku)}),
                      event.session_id.empty()
                          ? ports::Value()
                          : keys.sessions.number({event.project_id, false, std::string(event.session_id)}),
                      minute(event),
                      text(event.experiment_id),
                      text(event.variant),
                      text(event.event_type),
                      optional(event.value),
                      optional(event.amount_minor),
                      text(event.currency),
                      text(event.source),
                      text(event.entity_id),
                      text(event.status),
                      event.occurred_at,
                      event.received_at,
                      text(event.anonymous_id),
                      text(event.properties),
                      text(event.context)});
    }
    return rows;
  }

  Rows users() const {
    Numbers numbers;
    std::map<std::int64_t, Row> rows;
    for (const auto& [position, event] : events_) {
      const std::int64_t user = numbers.number(user_key(event));
      auto [found, is_new] = rows.try_emplace(user);
      Row& row = found->second;
      if (is_new) {
        row = {user,
               event.project_id,
               text(event.user_key()),
               event.is_anonymous(),
               event.occurred_at,
               event.occurred_at,
               ports::Value(),
               ports::Value()};
      }
      row[4] = std::min(std::get<Timestamp>(row[4]), event.occurred_at);
      row[5] = std::max(std::get<Timestamp>(row[5]), event.occurred_at);
      if (!event.user_segment.empty()) row[6] = text(event.user_segment);
      if (!event.user_traits.empty()) row[7] = text(event.user_traits);
    }
    return values(rows);
  }

  Rows products() const {
    Numbers numbers;
    std::map<std::int64_t, Row> rows;
    for (const auto& [position, event] : events_) {
      if (event.product_sku.empty()) continue;
      const std::int64_t product = numbers.number({event.project_id, false, std::string(event.product_sku)});
      auto [found, is_new] = rows.try_emplace(product);
      Row& row = found->second;
      if (is_new)
        row = {product,        event.project_id, text(event.product_sku),
               ports::Value(), ports::Value(),   ports::Value()};
      if (!event.product_name.empty()) row[3] = text(event.product_name);
      if (!event.product_category.empty()) row[4] = text(event.product_category);
      if (event.product_price_usd) row[5] = *event.product_price_usd;
    }
    return values(rows);
  }

  Rows sessions() const {
    Keys keys;
    std::map<std::int64_t,
             std::vector<std::tuple<Timestamp, model::Position, std::int64_t, const model::Event*>>>
        visits;
    for (const auto& [position, event] : events_) {
      const std::int64_t user = keys.users.number(user_key(event));
      if (event.session_id.empty()) continue;
      visits[keys.sessions.number({event.project_id, false, std::string(event.session_id)})].emplace_back(
          event.occurred_at, position, user, &event);
    }
    Rows rows;
    for (auto& [session, visit] : visits) {
      const auto& [start, position, user, event] = *std::min_element(visit.begin(), visit.end());
      const Timestamp last = std::get<0>(*std::max_element(visit.begin(), visit.end()));
      rows.push_back({session, event->project_id, text(event->session_id), user, text(event->page), start,
                      static_cast<double>((last - start).count()) / 1e6});
    }
    return rows;
  }

  Rows minutes() const {
    std::set<std::int64_t> known;
    for (const auto& positioned : events_) known.insert(minute(positioned.event));
    Rows rows;
    for (const std::int64_t at : known) {
      const std::int64_t day = at / 1440;
      const std::chrono::weekday weekday{std::chrono::sys_days(std::chrono::days(day))};
      rows.push_back({at, day, at % 1440 / 60, at % 60, static_cast<std::int64_t>(weekday.iso_encoding())});
    }
    return rows;
  }

 private:
  using Key = std::tuple<model::ProjectId, bool, std::string>;
  struct Numbers {
    std::map<Key, std::int64_t> known;
    std::int64_t number(const Key& key) {
      return known.try_emplace(key, static_cast<std::int64_t>(known.size()) + 1).first->second;
    }
  };
  struct Keys {
    Numbers users, products, sessions;
  };
  static Key user_key(const model::Event& event) {
    return {event.project_id, event.is_anonymous(), std::string(event.user_key())};
  }
  static std::int64_t minute(const model::Event& event) { return to_micros(event.occurred_at) / 60'000'000; }
  static std::int64_t number(model::Position position) { return static_cast<std::int64_t>(position); }
  static ports::Value text(std::string_view value) {
    return value.empty() ? ports::Value() : ports::Value(std::string(value));
  }
  template <typename T>
  static ports::Value optional(const std::optional<T>& value) {
    return value ? ports::Value(*value) : ports::Value();
  }
  static Rows values(const std::map<std::int64_t, Row>& rows) {
    Rows list;
    for (const auto& [key, row] : rows) list.push_back(row);
    return list;
  }

  std::vector<ports::PositionedEvent> events_;
};

}  // namespace spectrum
