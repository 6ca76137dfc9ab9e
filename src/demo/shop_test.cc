#include "demo/shop.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "base/time_text.h"

namespace spectrum::demo {
namespace {

ShopOptions options() {
  ShopOptions options;
  options.events = 20'000;
  options.days = 28;
  options.end = *parse_rfc3339("2026-03-02T12:00:00Z");
  return options;
}

std::vector<std::string> events_of(const ShopOptions& options) {
  Shop shop(options);
  std::vector<std::string> lines;
  for (std::string line; shop.next(line); line.clear()) lines.push_back(line);
  return lines;
}

std::string field(const std::string& line, const std::string& name) {
  const auto start = line.find("\"" + name + "\":\"");
  if (start == std::string::npos) return "";
  const auto value = start + name.size() + 4;
  return line.substr(value, line.find('"', value) - value);
}

TEST(Shop, GivesExactlyTheEventsAskedFor) { EXPECT_EQ(events_of(options()).size(), 20'000u); }

TEST(Shop, GivesTheSameBytesForTheSameOptions) {
  EXPECT_EQ(events_of(options()), events_of(options()));
  auto other = options();
  other.seed = 2;
  EXPECT_NE(events_of(options()), events_of(other));
}

TEST(Shop, RunsInOrderOfTimeAndEndsAtTheEnd) {
  Timestamp before = options().end - std::chrono::days(28);
  for (const auto& line : events_of(options())) {
    const auto at = parse_rfc3339(field(line, "timestamp"));
    ASSERT_TRUE(at) << line;
    EXPECT_GE(*at, before) << line;
    before = *at;
  }
  EXPECT_LE(before, options().end);
}

TEST(Shop, EndsNowHoweverSmallItIs) {
  for (const std::uint64_t events : {10, 1'000, 20'000}) {
    auto small = options();
    small.events = events;
    const auto last = *parse_rfc3339(field(events_of(small).back(), "timestamp"));
    EXPECT_LE(small.end - last, std::chrono::seconds(std::chrono::days(28)) * 20 / events) << events;
  }
}

TEST(Shop, NamesEachEventOnce) {
  std::set<std::string> ids;
  for (const auto& line : events_of(options())) EXPECT_TRUE(ids.insert(field(line, "event_id")).second);
}

TEST(Shop, HasAFunnelThatNarrows) {
  std::map<std::string, int> counts;
  for (const auto& line : events_of(options())) ++counts[field(line, "event_type")];
  EXPECT_GT(counts["page_view"], counts["product_view"]);
  EXPECT_GT(counts["product_view"], counts["add_to_cart"]);
  EXPECT_GT(counts["add_to_cart"], counts["checkout"]);
  EXPECT_GT(counts["checkout"], counts["purchase"]);
  EXPECT_GT(counts["purchase"], 100);
}

TEST(Shop, SellsMoreInTheTreatmentOfOneExperiment) {
  std::map<std::string, std::set<std::string>> checked_out, bought;
  std::map<std::string, std::string> variant;
  for (const auto& line : events_of(options())) {
    const auto user = field(line, "user_id") + field(line, "anonymous_id");
    if (field(line, "experiment_id") == "checkout_button") {
      variant[user] = field(line, "variant");
      checked_out[variant[user]].insert(user);
    } else if (field(line, "event_type") == "purchase") {
      bought[variant[user]].insert(user);
    }
  }
  const auto rate = [&](const std::string& name) {
    return static_cast<double>(bought[name].size()) / static_cast<double>(checked_out[name].size());
  };
  EXPECT_GT(rate("treatment"), rate("control") + 0.03);
}

TEST(Shop, HasReturningUsers) {
  std::map<std::string, std::set<std::string>> days;
  for (const auto& line : events_of(options())) {
    days[field(line, "user_id") + field(line, "anonymous_id")].insert(field(line, "timestamp").substr(0, 10));
  }
  const auto returning = std::count_if(days.begin(), days.end(), [](const auto& user) { return user.second.size() > 1; });
  EXPECT_GT(returning, static_cast<long>(days.size()) / 5);
}

}  // namespace
}  // namespace spectrum::demo
