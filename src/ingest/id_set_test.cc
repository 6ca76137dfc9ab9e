#include "ingest/id_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace spectrum::ingest {
namespace {

constexpr std::size_t kBeyondTwoGenerations = 60'000;  // the first holds 12,288 ids, the second 49,152

Id128 id_of(std::uint64_t number) { return {number * 0x9E3779B97F4A7C15ull, number}; }
Timestamp second(std::int64_t number) { return Timestamp(std::chrono::seconds(number)); }

TEST(IdSetTest, KnowsWhatWasInserted) {
  IdSet set;
  EXPECT_FALSE(set.contains(id_of(1)));
  EXPECT_TRUE(set.insert(id_of(1), second(0)));
  EXPECT_FALSE(set.insert(id_of(1), second(0)));
  EXPECT_TRUE(set.contains(id_of(1)));
  EXPECT_FALSE(set.contains(id_of(2)));
  EXPECT_EQ(set.size(), 1);
}

TEST(IdSetTest, TheValuesThatMarkSlotsAreIdsToo) {
  IdSet set;
  for (const Id128 id : {Id128{0, 0}, Id128{~0ull, ~0ull}}) {
    EXPECT_FALSE(set.contains(id));
    EXPECT_TRUE(set.insert(id, second(0)));
    EXPECT_FALSE(set.insert(id, second(0)));
  }
  EXPECT_EQ(set.size(), 2);
}

TEST(IdSetTest, AnErasedIdIsNewAgain) {
  IdSet set;
  set.insert(id_of(1), second(0));
  set.erase(id_of(1));
  EXPECT_FALSE(set.contains(id_of(1)));
  EXPECT_EQ(set.size(), 0);
  EXPECT_TRUE(set.insert(id_of(1), second(0)));
}

TEST(IdSetTest, ErasingWhatIsNotThereChangesNothing) {
  IdSet set;
  set.insert(id_of(1), second(0));
  set.erase(id_of(2));
  EXPECT_EQ(set.size(), 1);
}

TEST(IdSetTest, KeepsEveryIdWhileItGrows) {
  IdSet set;
  for (std::uint64_t i = 0; i < kBeyondTwoGenerations; ++i) {
    ASSERT_TRUE(set.insert(id_of(i), second(0))) << i;
    ASSERT_FALSE(set.insert(id_of(i / 2), second(0))) << i;
    ASSERT_EQ(set.size(), i + 1);
  }
  for (std::uint64_t i = 0; i < kBeyondTwoGenerations; ++i) ASSERT_TRUE(set.contains(id_of(i))) << i;
}

TEST(IdSetTest, IdsThatShareAPlaceDoNotHideEachOther) {
  IdSet set;
  for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_TRUE(set.insert({i * 0x9E3779B97F4A7C15ull, (i * 0x9E3779B97F4A7C15ull) * 0x9E3779B97F4A7C15ull}, second(0)));
  for (std::uint64_t i = 0; i < 1000; i += 2) set.erase({i * 0x9E3779B97F4A7C15ull, (i * 0x9E3779B97F4A7C15ull) * 0x9E3779B97F4A7C15ull});
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(set.contains({i * 0x9E3779B97F4A7C15ull, (i * 0x9E3779B97F4A7C15ull) * 0x9E3779B97F4A7C15ull}), i % 2 == 1) << i;
  }
}

TEST(IdSetTest, ForgetsAGenerationWhoseNewestIdIsOld) {
  IdSet set;
  set.insert(id_of(1), second(10));
  set.insert(id_of(2), second(20));
  set.forget_before(second(20));
  EXPECT_TRUE(set.contains(id_of(1)));
  set.forget_before(second(21));
  EXPECT_FALSE(set.contains(id_of(1)));
  EXPECT_EQ(set.size(), 0);
  EXPECT_TRUE(set.insert(id_of(1), second(30)));
}

TEST(IdSetTest, NeverForgetsWhatIsInsideTheWindow) {
  IdSet set;
  for (std::uint64_t i = 0; i < kBeyondTwoGenerations; ++i) {
    set.insert(id_of(i), second(static_cast<std::int64_t>(i)));
    if (i % 1000 == 999) set.forget_before(second(static_cast<std::int64_t>(i) - 5000));
  }
  for (std::uint64_t i = kBeyondTwoGenerations - 5000; i < kBeyondTwoGenerations; ++i) ASSERT_TRUE(set.contains(id_of(i))) << i;
}

TEST(IdSetTest, IsMadeForAnExpectedNumber) {
  IdSet set(100'000);
  const auto before = set.memory_bytes();
  for (std::uint64_t i = 0; i < 100'000; ++i) set.insert(id_of(i), second(0));
  EXPECT_EQ(set.memory_bytes(), before);
  EXPECT_EQ(IdSet().memory_bytes(), 256u << 10);
}

class IdSetPropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(IdSetPropertyTest, EqualsAnOrdinarySetUnderRandomOperations) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  IdSet set;
  std::set<std::uint64_t> model;
  for (int step = 0; step < 200'000; ++step) {
    // Mostly new numbers, so that generations come and move; often a number that is there or was erased.
    const std::uint64_t number = random() % 3 == 0 ? random() % 100 : random() % 150'000;
    switch (random() % 8) {
      case 0:
        set.erase(id_of(number));
        model.erase(number);
        break;
      case 1: ASSERT_EQ(set.contains(id_of(number)), model.contains(number)) << "step " << step; break;
      default:
        set.prefetch(id_of(number));
        ASSERT_EQ(set.insert(id_of(number), second(0)), model.insert(number).second) << "step " << step;
    }
    ASSERT_EQ(set.size(), model.size()) << "step " << step;
  }
  for (std::uint64_t number = 0; number < 150'000; ++number) ASSERT_EQ(set.contains(id_of(number)), model.contains(number));
}

INSTANTIATE_TEST_SUITE_P(Seeds, IdSetPropertyTest, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace spectrum::ingest
