#include "query/experiment.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "base/time_text.h"
#include "tests/support/recorded_warehouse.h"
#include "tests/support/temp_dir.h"

namespace spectrum::query {
namespace {

using namespace std::chrono_literals;

class ExperimentTest : public testing::Test {
 protected:
  ExperimentTest() {
    experiment_.id = "checkout";
    experiment_.variants = {{"control", 1}, {"treatment", 1}};
    experiment_.window = std::chrono::days(7);
  }

  model::Event& add(std::string type, std::string user, std::chrono::seconds after) {
    auto& event = events_.emplace_back(ports::PositionedEvent{events_.size() + 1, {}}).event;
    texts_.push_back(std::make_unique<std::string>(std::to_string(events_.size())));
    event.event_id = *texts_.back();
    texts_.push_back(std::make_unique<std::string>(std::move(type)));
    event.event_type = *texts_.back();
    texts_.push_back(std::make_unique<std::string>(std::move(user)));
    event.user_id = *texts_.back();
    event.occurred_at = start_ + after;
    event.received_at = start_;
    return event;
  }
  void expose(std::string user, std::string_view variant, std::chrono::seconds after) {
    auto& event = add("page_view", std::move(user), after);
    event.experiment_id = "checkout";
    event.variant = variant;
  }

  ExperimentResult ask(model::Position as_of = 1'000'000, std::optional<Timestamp> until = std::nullopt) {
    TempDir folder;
    const auto warehouse = open_recorded_warehouse(folder / "w.duckdb");
    warehouse->load({events_, {}, 0, events_.size(), {}}).value();
    const Scope scope{project_, {start_, start_ + std::chrono::days(60), TimeZone::find("UTC").value()}, as_of, start_};
    return ask_experiment(*warehouse, scope, experiment_, goal_, until).value();
  }
  /// Users and conversions of each arm.
  static std::vector<std::pair<std::int64_t, std::int64_t>> counts(const ExperimentResult& result) {
    std::vector<std::pair<std::int64_t, std::int64_t>> counts;
    for (const auto& arm : result.arms) counts.emplace_back(arm.users.trials, arm.users.successes);
    return counts;
  }
  using Counts = std::vector<std::pair<std::int64_t, std::int64_t>>;

  const model::Project project_;
  const Timestamp start_ = *parse_rfc3339("2026-10-01T00:00:00Z");
  model::Experiment experiment_;
  Json goal_ = Json(Json::Object{{"event", Json(std::string("purchase"))}});
  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<ports::PositionedEvent> events_;
};

TEST_F(ExperimentTest, AConversionIsAGoalAtOrAfterTheExposure) {
  expose("before", "control", 100s);
  add("purchase", "before", 99s);
  expose("after", "control", 100s);
  add("purchase", "after", 101s);
  add("purchase", "same instant, earlier position", 100s);
  expose("same instant, earlier position", "control", 100s);
  expose("same instant, later position", "control", 100s);
  add("purchase", "same instant, later position", 100s);
  EXPECT_EQ(counts(ask()), (Counts{{4, 2}, {0, 0}}));
}

TEST_F(ExperimentTest, TheExposingEventItselfMayBeTheConversion) {
  goal_ = Json(Json::Object{{"event", Json(std::string("page_view"))}});
  expose("u", "treatment", 0s);
  EXPECT_EQ(counts(ask()), (Counts{{0, 0}, {1, 1}}));
}

TEST_F(ExperimentTest, TheWindowIncludesItsLastInstant) {
  expose("in", "control", 0s);
  add("purchase", "in", std::chrono::days(7));
  expose("out", "control", 0s);
  add("purchase", "out", std::chrono::days(7)).occurred_at += 1us;
  EXPECT_EQ(counts(ask()), (Counts{{2, 1}, {0, 0}}));
}

TEST_F(ExperimentTest, OnlyTheFirstExposureOpensTheWindow) {
  expose("u", "control", 0s);
  expose("u", "control", std::chrono::days(5));
  add("purchase", "u", std::chrono::days(8));
  EXPECT_EQ(counts(ask()), (Counts{{1, 0}, {0, 0}}));
}

TEST_F(ExperimentTest, AUserSeenInTwoVariantsIsLeftOutAndCounted) {
  expose("both", "control", 0s);
  expose("both", "treatment", 1s);
  add("purchase", "both", 2s);
  expose("one", "control", 0s);
  const auto result = ask();
  EXPECT_EQ(counts(result), (Counts{{1, 0}, {0, 0}}));
  EXPECT_EQ(result.multiple_variants, 1);
}

TEST_F(ExperimentTest, AVariantThatIsNotListedIsLeftOutAndCounted) {
  expose("u", "blue", 0s);
  expose("v", "control", 0s);
  const auto result = ask();
  EXPECT_EQ(counts(result), (Counts{{1, 0}, {0, 0}}));
  EXPECT_EQ(result.unknown_variants, 1);
}

TEST_F(ExperimentTest, SeveralGoalsOfAUserAreOneConversion) {
  expose("u", "control", 0s);
  add("purchase", "u", 1s);
  add("purchase", "u", 2s);
  EXPECT_EQ(counts(ask()), (Counts{{1, 1}, {0, 0}}));
}

TEST_F(ExperimentTest, OnlyFactsUpToThePositionCount) {
  expose("u", "control", 0s);
  add("purchase", "u", 1s);
  EXPECT_EQ(counts(ask(1)), (Counts{{1, 0}, {0, 0}}));
}

TEST_F(ExperimentTest, OnlyWhatOccurredBeforeTheMomentCounts) {
  expose("u", "control", 0s);
  add("purchase", "u", 10s);
  expose("u", "treatment", 20s);
  expose("later", "control", 20s);
  EXPECT_EQ(counts(ask(1'000'000, start_ + 10s)), (Counts{{1, 0}, {0, 0}}));
  EXPECT_EQ(counts(ask(1'000'000, start_ + 20s)), (Counts{{1, 1}, {0, 0}}));
  EXPECT_EQ(counts(ask(1'000'000, start_ + 21s)), (Counts{{1, 0}, {0, 0}}));
}

TEST_F(ExperimentTest, EqualsALoopOverRandomEvents) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](unsigned n) { return random() % n; };
    events_.clear();
    experiment_.window = std::chrono::seconds(1 + pick(40));
    const std::string_view variants[] = {"control", "control", "treatment", "treatment", "treatment", "other"};
    for (int i = 0; i < 400; ++i) {
      const std::string user = "u" + std::to_string(pick(120));
      const auto at = std::chrono::seconds(pick(60));
      switch (pick(3)) {
        case 0: expose(user, variants[(std::hash<std::string>()(user) + (pick(12) == 0)) % 6], at); break;
        case 1: add("purchase", user, at); break;
        default: add("page_view", user, at);
      }
    }
    std::map<std::string, const ports::PositionedEvent*> first;
    std::map<std::string, std::set<std::string_view>> seen;
    const auto is_before = [](const ports::PositionedEvent& a, const ports::PositionedEvent& b) {
      return std::pair(a.event.occurred_at, a.position) < std::pair(b.event.occurred_at, b.position);
    };
    for (const auto& event : events_) {
      if (event.event.experiment_id.empty()) continue;
      const std::string user(event.event.user_id);
      seen[user].insert(event.event.variant);
      if (!first[user] || is_before(event, *first[user])) first[user] = &event;
    }
    Counts wanted(2);
    std::int64_t several = 0;
    std::int64_t unknown = 0;
    for (const auto& [user, exposure] : first) {
      if (seen[user].size() > 1) {
        ++several;
        continue;
      }
      if (exposure->event.variant == "other") {
        ++unknown;
        continue;
      }
      auto& [users, conversions] = wanted[exposure->event.variant == "treatment"];
      ++users;
      for (const auto& event : events_) {
        const auto gap = event.event.occurred_at - exposure->event.occurred_at;
        if (event.event.user_id != user || event.event.event_type != "purchase") continue;
        if (is_before(event, *exposure) || gap > experiment_.window) continue;
        ++conversions;
        break;
      }
    }
    const auto result = ask();
    EXPECT_EQ(counts(result), wanted) << "seed " << seed;
    EXPECT_EQ(result.multiple_variants, several) << "seed " << seed;
    EXPECT_EQ(result.unknown_variants, unknown) << "seed " << seed;
  }
}

ExperimentResult judged(std::vector<stats::Proportion> arms, double threshold = 0.05, bool yates = false) {
  model::Experiment experiment;
  experiment.threshold = threshold;
  experiment.yates = yates;
  ExperimentResult result;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    experiment.variants.push_back({std::to_string(i), 1});
    result.arms.push_back({std::to_string(i), arms[i], {}, {}, {}});
  }
  judge(experiment, result);
  return result;
}

TEST(Verdict, FewerThanFiveConversionsOrFailuresAreNotEnough) {
  EXPECT_EQ(judged({{100, 4}, {100, 50}}).verdict, Verdict::not_enough_data);
  EXPECT_EQ(judged({{100, 96}, {100, 50}}).verdict, Verdict::not_enough_data);
  EXPECT_EQ(judged({{100, 4}, {100, 50}}).significant, std::nullopt);
  EXPECT_EQ(judged({{100, 5}, {100, 50}}).verdict, Verdict::significant_better);
  EXPECT_EQ(judged({{0, 0}, {0, 0}}).verdict, Verdict::not_enough_data);
}

TEST(Verdict, AWrongShareOfUsersIsSaidBeforeAnyDifference) {
  const auto result = judged({{1000, 100}, {2000, 400}});
  EXPECT_FALSE(result.sample_ratio_ok);
  EXPECT_EQ(result.verdict, Verdict::sample_ratio_mismatch);
  EXPECT_EQ(result.significant, true);
}

TEST(Verdict, OfTwoVariantsSaysWhichIsBetter) {
  EXPECT_EQ(judged({{1000, 100}, {1000, 150}}).verdict, Verdict::significant_better);
  EXPECT_EQ(judged({{1000, 150}, {1000, 100}}).verdict, Verdict::significant_worse);
  EXPECT_EQ(judged({{1000, 100}, {1000, 105}}).verdict, Verdict::no_significant_difference);
}

TEST(Verdict, OfMoreVariantsSaysOnlyThatTheyDiffer) {
  EXPECT_EQ(judged({{1000, 100}, {1000, 150}, {1000, 100}}).verdict, Verdict::significant_difference);
  EXPECT_EQ(judged({{1000, 100}, {1000, 150}, {1000, 100}}).yates, std::nullopt);
}

TEST(Verdict, YatesDecidesOnlyWhenChosen) {
  // Pearson: p = 0.0477; with Yates' correction 0.0747.
  EXPECT_EQ(judged({{100, 10}, {100, 20}}, 0.05, false).significant, true);
  EXPECT_EQ(judged({{100, 10}, {100, 20}}, 0.05, true).significant, false);
}

TEST(Verdict, TheControlHasNoLift) {
  const auto result = judged({{1000, 100}, {1000, 150}});
  EXPECT_EQ(result.arms[0].lift, std::nullopt);
  EXPECT_EQ(result.arms[0].lift_interval, std::nullopt);
  EXPECT_NEAR(*result.arms[1].lift, 0.5, 1e-12);
}

TEST(Verdict, EqualVariantsDifferAsOftenAsTheThresholdSays) {
  constexpr int kExperiments = 4000;
  std::mt19937 random(20261121);
  std::binomial_distribution<std::int64_t> conversions(5000, 0.1);
  int significant = 0;
  for (int i = 0; i < kExperiments; ++i) {
    significant += judged({{5000, conversions(random)}, {5000, conversions(random)}}).significant.value();
  }
  // The 99 % interval of a binomial with p = 0.05.
  const double reach = 2.576 * std::sqrt(0.05 * 0.95 / kExperiments);
  EXPECT_NEAR(significant / double{kExperiments}, 0.05, reach);
}

}  // namespace
}  // namespace spectrum::query
