#include "query/text_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace spectrum::query {
namespace {

TEST(TextIndexTest, TextsAreNumberedInTheOrderTheyCome) {
  TextIndex index;
  EXPECT_EQ(index.add("b"), 0);
  EXPECT_EQ(index.add("a"), 1);
  EXPECT_EQ(index.add("b"), 0);
  EXPECT_EQ(index.find("a"), 1);
  EXPECT_EQ(index.find("c"), TextIndex::kNone);
  EXPECT_EQ(index[1], "a");
  EXPECT_EQ(index.size(), 2);
}

TEST(TextIndexTest, TextsOfEveryLengthThatNearlyAgreeAreKeptApart) {
  std::mt19937 random(1);
  std::map<std::string, std::uint32_t> numbers;
  TextIndex index;
  for (int i = 0; i < 60'000; ++i) {
    std::string text(random() % 40, 'x');
    for (int flips = 0; flips < 2 && !text.empty(); ++flips) text[random() % text.size()] = "xyz\0"[random() % 4];
    const auto found = numbers.find(text);
    ASSERT_EQ(index.find(text), found == numbers.end() ? TextIndex::kNone : found->second) << text;
    const auto number = index.add(text);
    ASSERT_EQ(numbers.emplace(text, number).first->second, number) << text;
    ASSERT_EQ(index[number], text);
  }
  EXPECT_EQ(index.size(), numbers.size());
}

}  // namespace
}  // namespace spectrum::query
