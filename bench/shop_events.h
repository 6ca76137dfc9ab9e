#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "model/record.h"

namespace spectrum::bench {

/// Events of an online shop in the order of their times, as ten million of them over 90 days would be:
/// 200,000 people of very different activity, sessions of about twelve events, 2,000 products, properties of
/// about 170 bytes.
class Shop {
 public:
  Shop() : user_weights_(people()), open_(64) {
    for (auto& session : open_) begin(session);
  }

  /// The next event as the log keeps it.
  std::string next_record() {
    Session& session = open_[random_() % open_.size()];
    if (!session.is_counted) {
      session.is_counted = true;
      ++sessions_;
      if (!seen_[session.user]) {
        seen_[session.user] = true;
        ++users_;
      }
    }
    time_ += 777'600 + static_cast<std::int64_t>(random_() % 800) - 400;
    const auto step = static_cast<unsigned>(random_() % 100);
    const char* type = step < 30   ? "page_view"
                       : step < 60 ? "product_view"
                       : step < 70 ? "add_to_cart"
                       : step < 74 ? "purchase"
                                   : kOther[random_() % kOther.size()];
    char id[40], user[24], visit[24], sku[16], properties[256];
    std::snprintf(id, sizeof id, "%08x-%04x-4%03x-9%03x-%012llx", static_cast<unsigned>(random_()),
                  static_cast<unsigned>(random_() & 0xFFFF), static_cast<unsigned>(random_() & 0xFFF),
                  static_cast<unsigned>(random_() & 0xFFF),
                  static_cast<unsigned long long>(random_() & 0xFFFFFFFFFFFF));
    std::snprintf(user, sizeof user, "user_%u", session.user);
    std::snprintf(visit, sizeof visit, "s-%016llx",
                  static_cast<unsigned long long>(session.number * 0x9E3779B97F4A7C15u));
    std::snprintf(sku, sizeof sku, "SKU-%05u", session.product);
    std::snprintf(
        properties, sizeof properties,
        "{\"country\":\"%s\",\"device\":\"%s\",\"os\":\"Android\",\"browser\":\"Chrome\",\"path\":\"/p/%u\","
        "\"utm_source\":\"newsletter\",\"load_ms\":%u,\"plan\":\"free\",\"screen\":{\"w\":%u,\"h\":800}}",
        kCountries[session.user % kCountries.size()], session.user % 3 ? "mobile" : "desktop",
        static_cast<unsigned>(random_() % 5000), static_cast<unsigned>(20 + random_() % 3000),
        static_cast<unsigned>(360 + random_() % 8 * 160));
    model::Event event;
    event.event_id = id;
    event.event_type = type;
    event.user_id = user;
    event.session_id = visit;
    event.source = "web";
    event.status = "success";
    event.occurred_at = from_micros(time_);
    event.received_at = from_micros(time_ + 150'000);
    event.page = "/";
    event.properties = properties;
    if (step >= 30 && step < 74) event.product_sku = sku;
    if (step >= 60 && step < 74) {
      event.product_category = kCategories[session.product % kCategories.size()];
      event.value = 5 + session.product % 200;
      event.amount_minor = 500 + session.product % 200 * 100;
      event.currency = "USD";
    }
    if (session.user % 4 == 0) {
      event.experiment_id = "checkout-button";
      event.variant = session.user % 8 ? "control" : "treatment";
    }
    std::string record;
    model::encode(event, record);
    if (--session.left == 0) begin(session);
    return record;
  }

  std::size_t users() const { return users_; }
  std::size_t sessions() const { return sessions_; }

 private:
  struct Session {
    std::uint64_t number;
    unsigned user, product, left;
    bool is_counted;
  };
  static constexpr std::size_t kPeople = 200'000;
  static constexpr std::array<const char*, 8> kCountries = {"US", "DE", "GB", "FR", "IN", "BR", "JP", "CA"};
  static constexpr std::array<const char*, 5> kCategories = {"books", "games", "toys", "garden", "shoes"};
  static constexpr std::array<const char*, 10> kOther = {"search", "login", "logout", "signup",  "click",
                                                         "scroll", "share", "like",   "comment", "refund"};

  /// Activity falls with rank as rank^-0.8.
  static std::vector<double> people() {
    std::vector<double> sums(kPeople);
    double sum = 0;
    for (std::size_t i = 0; i < kPeople; ++i) sums[i] = sum += std::pow(static_cast<double>(i + 1), -0.8);
    return sums;
  }
  void begin(Session& session) {
    const double at = std::uniform_real_distribution<>(0, user_weights_.back())(random_);
    const auto rank =
        std::lower_bound(user_weights_.begin(), user_weights_.end(), at) - user_weights_.begin();
    session = {++session_number_, static_cast<unsigned>(rank), static_cast<unsigned>(random_() % 2000),
               static_cast<unsigned>(1 + random_() % 23), false};
  }

  std::mt19937_64 random_{42};
  std::vector<double> user_weights_;
  std::vector<bool> seen_ = std::vector<bool>(kPeople);
  std::vector<Session> open_;
  std::uint64_t session_number_ = 0;
  std::size_t users_ = 0, sessions_ = 0;
  std::int64_t time_ = 1'767'225'600'000'000;  // 2026-01-01
};

}  // namespace spectrum::bench
