#include "adapters/duckdb/key_map.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace spectrum::duckdb {
namespace {

TEST(KeyMap, NumbersKeysInTheOrderOfTheirFirstSight) {
  const KeyHasher hash;
  KeyMap map;
  EXPECT_EQ(map.find_or_add(hash(1, "a")), std::pair(1u, true));
  EXPECT_EQ(map.find_or_add(hash(1, "b")), std::pair(2u, true));
  EXPECT_EQ(map.find_or_add(hash(1, "a")), std::pair(1u, false));
}

TEST(KeyMap, KeepsEveryKeyWhileItGrows) {
  const KeyHasher hash;
  KeyMap map;
  for (std::uint32_t i = 1; i <= 100'000; ++i)
    ASSERT_EQ(map.find_or_add(hash(1, std::to_string(i))), std::pair(i, true));
  for (std::uint32_t i = 1; i <= 100'000; ++i)
    ASSERT_EQ(map.find_or_add(hash(1, std::to_string(i))), std::pair(i, false));
}

TEST(KeyMap, TakesKnownNumbersInAnyOrderButEachKeyOnce) {
  const KeyHasher hash;
  KeyMap map;
  EXPECT_TRUE(map.add(hash(1, "second"), 2));
  EXPECT_TRUE(map.add(hash(1, "first"), 1));
  EXPECT_FALSE(map.add(hash(1, "first"), 3));
  EXPECT_EQ(map.find_or_add(hash(1, "third")), std::pair(3u, true));
}

TEST(KeyHasher, TellsProjectKindAndTextApart) {
  const KeyHasher hash;
  std::set<std::pair<std::uint64_t, std::uint32_t>> hashes;
  std::size_t keys = 0;
  for (const std::int64_t project : {1, 2}) {
    for (const bool kind : {false, true}) {
      for (std::size_t size = 0; size < 70; ++size) {
        const KeyHash key = hash(project, std::string(size, 'x'), kind);
        hashes.insert({key.low, key.high});
        ++keys;
      }
    }
  }
  EXPECT_EQ(hashes.size(), keys);
}

TEST(KeyHasher, ZeroBytesAtTheEndCount) {
  const KeyHasher hash;
  EXPECT_NE(hash(1, std::string("a")), hash(1, std::string("a\0", 2)));
  EXPECT_NE(hash(1, std::string(16, '\0')), hash(1, std::string(8, '\0')));
}

TEST(KeyHasher, EachHasSecretsOfItsOwn) { EXPECT_NE(KeyHasher()(1, "key"), KeyHasher()(1, "key")); }

}  // namespace
}  // namespace spectrum::duckdb
