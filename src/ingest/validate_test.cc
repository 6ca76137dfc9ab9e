#include "ingest/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/time_text.h"

namespace spectrum::ingest {
namespace {

std::string epoch(double number) {
  const auto instant = instant_of_epoch(number);
  return instant ? format_rfc3339(*instant) : "none";
}

TEST(ValidateTest, TellsSecondsMillisecondsAndMicrosecondsBySize) {
  EXPECT_EQ(epoch(99'999'999'999), "5138-11-16T09:46:39Z");
  EXPECT_EQ(epoch(100'000'000'000), "1973-03-03T09:46:40Z");
  EXPECT_EQ(epoch(99'999'999'999'999), "5138-11-16T09:46:39.999008Z");  // as near as a double comes
  EXPECT_EQ(epoch(100'000'000'000'000), "1973-03-03T09:46:40Z");
  EXPECT_EQ(epoch(-100'000'000'000), "1966-10-31T14:13:20Z");
}

TEST(ValidateTest, TakesNoInstantBeyondTheYear9999) {
  EXPECT_EQ(epoch(253'402'300'799e6), "9999-12-31T23:59:59Z");
  EXPECT_EQ(epoch(253'402'300'800e6), "none");
  EXPECT_EQ(epoch(1e300), "none");
  EXPECT_EQ(epoch(-1e300), "none");
  EXPECT_EQ(epoch(std::numeric_limits<double>::infinity()), "none");
  EXPECT_EQ(epoch(std::nan("")), "none");
}

TEST(ValidateTest, WritesCurrenciesInCapitals) {
  std::string code;
  EXPECT_TRUE(normalise_currency("eUr", code));
  EXPECT_EQ(code, "EUR");
}

TEST(ValidateTest, TakesOnlyThreeLettersForACurrency) {
  std::string code;
  for (const std::string_view text : {"", "EU", "EURO", "E1R", "E R", "\xC3\xA9R", "A@Z", "[AB", "\x01\x02\x03", "\xC1\xC2\xC3"}) {
    EXPECT_FALSE(normalise_currency(text, code)) << text;
  }
}

TEST(ValidateTest, KnowsThreeStatuses) {
  EXPECT_TRUE(is_status("success"));
  EXPECT_TRUE(is_status("failed"));
  EXPECT_TRUE(is_status("pending"));
  EXPECT_FALSE(is_status("Success"));
  EXPECT_FALSE(is_status(""));
}

}  // namespace
}  // namespace spectrum::ingest
