#include "adapters/duckdb/utf8.h"

#include <gtest/gtest.h>

namespace spectrum::duckdb {
namespace {

TEST(Utf8, TakesWellFormedText) {
  for (const char* text :
       {"", "plain", "mögl", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(repaired_utf8(text), text);
  }
}

TEST(Utf8, RefusesWhatUnicodeRefuses) {
  const char* const kTexts[] = {"\x80",              // a continuation without a lead
                                "\xC3",              // cut
                                "\xC0\xAF",          // overlong
                                "\xE0\x80\xAF",      // overlong
                                "\xED\xA0\x80",      // half of a surrogate pair
                                "\xF0\x80\x80\xAF",  // overlong
                                "\xF4\x90\x80\x80",  // beyond U+10FFFF
                                "\xF0\x9F\x98",      // cut
                                "\xFF"};
  for (const char* text : kTexts) EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, ReplacesEachBadByteAndKeepsTheRest) {
  EXPECT_EQ(repaired_utf8("a\xFF"
                          "b\xC3"),
            "a\uFFFD"
            "b\uFFFD");
  EXPECT_TRUE(is_utf8(repaired_utf8("\xED\xA0\x80")));
}

TEST(Utf8Guard, CopiesOnlyWhatItRepairs) {
  Utf8Guard guard;
  model::Event fine, bad;
  fine.user_id = "ann";
  bad.user_id = "ann";
  bad.properties = "\xFF";
  EXPECT_EQ(&guard.check(fine), &fine);
  const model::Event& repaired = guard.check(bad);
  EXPECT_NE(&repaired, &bad);
  EXPECT_EQ(repaired.properties, "\uFFFD");
  EXPECT_EQ(repaired.user_id, "ann");
}

}  // namespace
}  // namespace spectrum::duckdb
