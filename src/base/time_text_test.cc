#include "base/time_text.h"

#include <gtest/gtest.h>

#include <random>

namespace spectrum {
namespace {

std::string parsed(std::string_view text) {
  const auto instant = parse_rfc3339(text);
  return instant ? format_rfc3339(*instant) : "none";
}

TEST(TimeTextTest, ReadsInstants) {
  EXPECT_EQ(parsed("2026-11-21T09:30:00Z"), "2026-11-21T09:30:00Z");
  EXPECT_EQ(parsed("2026-11-21t09:30:00z"), "2026-11-21T09:30:00Z");
  EXPECT_EQ(parsed("2026-11-21 09:30:00+01:30"), "2026-11-21T08:00:00Z");
  EXPECT_EQ(parsed("2026-01-01T00:30:00+01:00"), "2025-12-31T23:30:00Z");
  EXPECT_EQ(parsed("2026-11-21T23:30:00-05:00"), "2026-11-22T04:30:00Z");
  EXPECT_EQ(parsed("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
}

TEST(TimeTextTest, CutsFractionsToMicroseconds) {
  EXPECT_EQ(parsed("2026-11-21T09:30:00.5Z"), "2026-11-21T09:30:00.500Z");
  EXPECT_EQ(parsed("2026-11-21T09:30:00.000001Z"), "2026-11-21T09:30:00.000001Z");
  EXPECT_EQ(parsed("2026-11-21T09:30:00.123456789Z"), "2026-11-21T09:30:00.123456Z");
}

TEST(TimeTextTest, ALeapSecondIsTheNextOne) { EXPECT_EQ(parsed("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z"); }

TEST(TimeTextTest, RefusesWhatIsNoInstant) {
  for (const std::string_view text :
       {"", "2026-11-21", "2026-11-21T09:30:00", "2026-11-21T09:30Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:30:61Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "26-11-21T09:30:00Z", "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00.1234567890Z", "2026-11-21T09:30:00+0100", "2026-11-21T09:30:00+01",
        "2026-11-21T09:30:00+24:00", "2026-11-21T09:30:00+01:60", "2026-11-21T09:30:00Zx", " 2026-11-21T09:30:00Z", "2026/11/21T09:30:00Z",
        "2026-11-21T9:30:00Z", "+026-11-21T09:30:00Z", "2026-11-21T09:30:00,5Z"}) {
    EXPECT_EQ(parsed(text), "none") << text;
  }
}

TEST(TimeTextTest, WhatIsWrittenReadsBackEqual) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    // The years 0000 to 9999; whole seconds and milliseconds are written shorter.
    auto micros = static_cast<std::int64_t>(random() % 315'569'520'000'000'000ull) - 62'167'219'200'000'000;
    if (i % 3 == 0) micros -= micros % 1'000'000;
    if (i % 3 == 1) micros -= micros % 1000;
    const auto instant = from_micros(micros);
    ASSERT_EQ(parse_rfc3339(format_rfc3339(instant)), instant) << micros;
  }
}

TEST(TimeTextTest, ReadsLocalTimes) {
  constexpr std::int64_t kMinute = 60'000'000;
  const std::int64_t midnight = to_micros(*parse_rfc3339("2026-11-21T00:00:00Z"));
  EXPECT_EQ(parse_local_time("2026-11-21")->micros, midnight);
  EXPECT_EQ(parse_local_time("2026-11-21 09:30")->micros, midnight + 570 * kMinute);
  EXPECT_EQ(parse_local_time("2026-11-21T09:30:00.25")->micros, midnight + 570 * kMinute + 250'000);
  for (const std::string_view text : {"", "2026-11-21Z", "2026-11-21T09:30:00Z", "2026-11-21 09", "2026-11-21 ", "2026-11-21 09:30:00.", "2026-02-30"}) {
    EXPECT_FALSE(parse_local_time(text)) << text;
  }
}

TEST(TimeTextTest, WritesDatesOfUtc) { EXPECT_EQ(format_date(*parse_rfc3339("2026-11-21T23:30:00-05:00")), "2026-11-22"); }

TEST(TimeTextTest, ReadsDurations) {
  EXPECT_EQ(parse_duration("10s")->count(), 10);
  EXPECT_EQ(parse_duration("30m")->count(), 1800);
  EXPECT_EQ(parse_duration("24h")->count(), 86'400);
  EXPECT_EQ(parse_duration("90d")->count(), 7'776'000);
  EXPECT_EQ(parse_duration("2w")->count(), 1'209'600);
  EXPECT_EQ(parse_duration("0s")->count(), 0);
}

TEST(TimeTextTest, RefusesWhatIsNoDuration) {
  for (const std::string_view text : {"", "d", "10", "-1d", "1.5h", "1 d", "10y", "1D", "99999999d"}) EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace spectrum
