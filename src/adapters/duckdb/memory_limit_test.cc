#include "adapters/duckdb/memory_limit.h"

#include <gmock/gmock.h>

namespace spectrum::duckdb {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kGiven = 100, kMore = 150;

/// What was set, and how often it fails first.
class MemoryLimitTest : public testing::Test {
 protected:
  Status set(std::uint64_t bytes) {
    if (failures_ > 0) {
      --failures_;
      return failure_;
    }
    set_.push_back(bytes);
    return {};
  }

  std::vector<std::uint64_t> set_;
  int failures_ = 0;
  Status failure_ = limited("all of it is in use");
  MemoryLimit limit_{[this](std::uint64_t bytes) { return set(bytes); }, kGiven, kMore};
};

TEST_F(MemoryLimitTest, IsRaisedForAsLongAsAnythingNeedsMore) {
  EXPECT_TRUE(limit_.with_more([&] { return limit_.with_more([&] { return Status(); }); }).ok());
  EXPECT_THAT(set_, ElementsAre(kMore, kGiven));
  EXPECT_EQ(limit_.with_more([&] { return Status(internal("failed")); }).error().message, "failed");
  EXPECT_THAT(set_, ElementsAre(kMore, kGiven, kMore, kGiven));
}

TEST_F(MemoryLimitTest, WaitsWhereThereIsNoMemoryToRaiseIt) {
  failures_ = 2;
  bool has_worked = false;
  EXPECT_TRUE(limit_.with_more([&]() -> Status {
    EXPECT_THAT(set_, ElementsAre(kMore)) << "not before";
    has_worked = true;
    return {};
  }).ok());
  EXPECT_TRUE(has_worked);
  EXPECT_THAT(set_, ElementsAre(kMore, kGiven));
}

TEST_F(MemoryLimitTest, WhatCannotBeRaisedIsRaisedTheNextTime) {
  failures_ = 1;
  failure_ = internal("no connection");
  EXPECT_EQ(limit_.with_more([&] { return Status(); }).error().message, "no connection");
  EXPECT_THAT(set_, ElementsAre());
  EXPECT_TRUE(limit_.with_more([&] { return Status(); }).ok());
  EXPECT_THAT(set_, ElementsAre(kMore, kGiven));
}

TEST_F(MemoryLimitTest, IsLessUnlessSomethingNeedsMore) {
  EXPECT_TRUE(limit_.with_at_most(60, [&] { return Status(); }).ok());
  EXPECT_THAT(set_, ElementsAre(60, kGiven));
  EXPECT_TRUE(limit_.with_at_most(500, [&] { return Status(); }).ok());
  EXPECT_THAT(set_, ElementsAre(60, kGiven, kGiven, kGiven));
  set_.clear();
  EXPECT_TRUE(limit_.with_more([&] { return limit_.with_at_most(60, [&] { return Status(); }); }).ok());
  EXPECT_THAT(set_, ElementsAre(kMore, kGiven));
}

}  // namespace
}  // namespace spectrum::duckdb
