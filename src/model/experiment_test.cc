#include "model/experiment.h"

#include <gtest/gtest.h>

#include <map>

namespace spectrum::model {
namespace {

Experiment checkout() {
  Experiment experiment;
  experiment.id = "checkout";
  experiment.variants = {{"control", 1}, {"treatment", 1}};
  return experiment;
}

TEST(Assignment, IsTheDigestThatTheDocumentsGive) {
  EXPECT_NEAR(assignment_point("u-001", "checkout"), 0.964801, 5e-7);
  EXPECT_NEAR(assignment_point("u-002", "checkout"), 0.394453, 5e-7);
  EXPECT_NEAR(assignment_point("u-003", "checkout"), 0.567593, 5e-7);
}

TEST(Assignment, FollowsTheListedOrder) {
  EXPECT_EQ(assigned_variant(checkout(), "u-001").key, "treatment");
  EXPECT_EQ(assigned_variant(checkout(), "u-002").key, "control");
  auto reversed = checkout();
  std::swap(reversed.variants[0], reversed.variants[1]);
  EXPECT_EQ(assigned_variant(reversed, "u-002").key, "treatment");
}

TEST(Assignment, SharesAreTheWeights) {
  auto experiment = checkout();
  experiment.variants = {{"a", 1}, {"b", 2}, {"c", 7}};
  std::map<std::string, int> users;
  for (int i = 0; i < 20'000; ++i) ++users[assigned_variant(experiment, "user-" + std::to_string(i)).key];
  EXPECT_NEAR(users["a"], 2'000, 200);
  EXPECT_NEAR(users["b"], 4'000, 300);
  EXPECT_NEAR(users["c"], 14'000, 350);
}

TEST(Assignment, ChangesFromExperimentToExperiment) {
  EXPECT_NE(assignment_point("u-001", "checkout"), assignment_point("u-001", "banner"));
}

}  // namespace
}  // namespace spectrum::model
