#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "model/record.h"
#include "ports/warehouse.h"

namespace spectrum {

/// Records of a small, lively shop: few people, sessions and products, so that they meet often; late and
/// equal times; attributes that come and change; odd texts.
class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : random_(seed) {}

  model::Event next() {
    model::Event event;
    event.project_id = 1 + pick(2);
    event.event_id = keep("id-" + std::to_string(++count_));
    event.event_type = one_of({"page_view", "purchase", "signup"});
    event.received_at = kStart + std::chrono::seconds(count_ * 40);
    event.occurred_at = event.received_at - std::chrono::seconds(pick(5) == 0 ? pick(400'000) : pick(90));
    if (pick(6) == 0) event.occurred_at = last_time_;
    last_time_ = event.occurred_at;
    const std::string_view who = keep("user " + std::to_string(pick(12)));
    if (pick(3) > 0) event.user_id = who;
    if (event.user_id.empty() || pick(4) == 0) event.anonymous_id = who;
    if (pick(5) > 0) event.session_id = keep("session " + std::to_string(pick(20)));
    if (pick(2) == 0) event.page = keep("/page/" + std::to_string(pick(9)));
    if (pick(2) == 0) add_product(event);
    if (pick(6) == 0) event.user_segment = one_of({"new", "loyal", "möglich"});
    if (pick(9) == 0) event.user_traits = one_of({R"({"plan":"pro"})", R"({"plan":"free","seats":3})"});
    if (pick(3) == 0) event.value = pick(1000) / 8.0;
    if (pick(3) == 0) {
      event.amount_minor = pick(100'000) - 50'000;
      event.currency = "EUR";
    }
    if (pick(4) == 0) {
      event.experiment_id = "button";
      event.variant = one_of({"control", "green"});
    }
    if (pick(4) == 0) event.source = "web";
    if (pick(4) == 0) event.entity_id = keep("order-" + std::to_string(pick(50)));
    if (pick(4) == 0) event.status = one_of({"success", "failed"});
    if (pick(2) == 0)
      event.properties = keep(R"({"n":)" + std::to_string(pick(1'000'000)) + R"(,"text":"it's \"quoted\""})");
    if (pick(4) == 0) event.context = R"({"ip":"203.0.113.9"})";
    return event;
  }

  /// So many events behind `after`.
  std::vector<ports::PositionedEvent> next(std::size_t count, model::Position after) {
    std::vector<ports::PositionedEvent> events;
    for (std::size_t i = 0; i < count; ++i) events.push_back({++after, next()});
    return events;
  }

  std::string next_record() {
    std::string record;
    model::encode(next(), record);
    return record;
  }

  /// A number in [0, below).
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

 private:
  static constexpr Timestamp kStart{std::chrono::seconds(1'790'000'000)};

  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::string_view one_of(std::vector<std::string_view> choices) {
    return choices[static_cast<std::size_t>(pick(static_cast<int>(choices.size())))];
  }
  void add_product(model::Event& event) {
    event.product_sku = keep("sku-" + std::to_string(pick(8)));
    if (pick(2) == 0) event.product_name = keep("Name " + std::to_string(pick(3)));
    if (pick(2) == 0) event.product_category = one_of({"books", "toys"});
    if (pick(2) == 0) event.product_price_usd = pick(4) * 2.5;
  }

  std::mt19937 random_;
  std::deque<std::string> texts_;
  std::int64_t count_ = 0;
  Timestamp last_time_ = kStart;
};

}  // namespace spectrum
