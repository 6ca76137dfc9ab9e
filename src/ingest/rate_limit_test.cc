#include "ingest/rate_limit.h"

#include <gtest/gtest.h>

namespace spectrum::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateLimit::Instant kNow = RateLimit::Instant(std::chrono::hours(1));

/// How many single events pass at that moment.
int passing(RateLimit& limit, RateLimit::Instant now) {
  int passed = 0;
  while (passed < 10'000 && !limit.take(1, 1, now)) ++passed;
  return passed;
}

TEST(RateLimitTest, WithoutALimitEverythingPasses) {
  RateLimit limit(0);
  EXPECT_EQ(passing(limit, kNow), 10'000);
}

TEST(RateLimitTest, OneSecondsWorthMayComeAtOnce) {
  RateLimit limit(100);
  EXPECT_EQ(passing(limit, kNow), 101);  // the last one passes when all is used up to the instant
  EXPECT_EQ(limit.take(1, 1, kNow), seconds(1));
}

TEST(RateLimitTest, ThenAsManyAsTheTimeThatWentBy) {
  RateLimit limit(100);
  passing(limit, kNow);
  EXPECT_EQ(passing(limit, kNow + milliseconds(500)), 50);
  EXPECT_EQ(passing(limit, kNow + milliseconds(510)), 1);
}

TEST(RateLimitTest, AQuietHourIsNotSavedUp) {
  RateLimit limit(100);
  passing(limit, kNow);
  EXPECT_EQ(passing(limit, kNow + std::chrono::hours(1)), 101);
}

TEST(RateLimitTest, ALargeRequestPassesAsAWholeAndIsWaitedFor) {
  RateLimit limit(100);
  EXPECT_EQ(limit.take(1, 1'000, kNow), std::nullopt);
  EXPECT_EQ(limit.take(1, 1, kNow), seconds(9));
  EXPECT_EQ(limit.take(1, 1, kNow + milliseconds(8'001)), seconds(1));
  EXPECT_EQ(limit.take(1, 1, kNow + seconds(9)), std::nullopt);
}

TEST(RateLimitTest, WhatIsRefusedCostsNothing) {
  RateLimit limit(100);
  limit.take(1, 200, kNow);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(limit.take(1, 200, kNow), seconds(1));
  EXPECT_EQ(limit.take(1, 1, kNow + seconds(1)), std::nullopt);
}

TEST(RateLimitTest, EachProjectHasItsOwn) {
  RateLimit limit(1);
  limit.take(1, 100, kNow);
  EXPECT_NE(limit.take(1, 1, kNow), std::nullopt);
  EXPECT_EQ(limit.take(2, 1, kNow), std::nullopt);
}

}  // namespace
}  // namespace spectrum::ingest
