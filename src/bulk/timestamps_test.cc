#include "bulk/timestamps.h"

#include <gtest/gtest.h>

namespace spectrum::bulk {
namespace {

std::string read(const std::string& text, const std::string& zone = "") {
  const auto instant = read_timestamp(text, zone.empty() ? std::nullopt : std::optional(TimeZone::find(zone).value()));
  return instant ? *instant : std::string(name(instant.error().code));
}

/// What events take for an instant, as a number.
std::string micros(std::string_view instant) { return std::to_string(to_micros(*parse_rfc3339(instant))); }

TEST(TimestampsTest, LeavesInstantsAsTheyAre) {
  EXPECT_EQ(read("2026-11-21T10:00:00.5+01:00"), R"("2026-11-21T10:00:00.5+01:00")");
  EXPECT_EQ(read("2026-11-21 10:00:00Z", "Europe/Berlin"), R"("2026-11-21 10:00:00Z")");
}

TEST(TimestampsTest, LeavesEpochNumbersAsNumbers) {
  EXPECT_EQ(read("1700000000"), "1700000000");
  EXPECT_EQ(read("-1.5"), "-1.5");
  EXPECT_EQ(read("0"), "0");
}

TEST(TimestampsTest, ADateWithoutHyphensIsADate) {
  EXPECT_EQ(read("20261121", "America/New_York"), micros("2026-11-21T05:00:00Z"));
  EXPECT_EQ(read("20261121"), "invalid") << "it needs a zone";
  EXPECT_EQ(read("20261321", "UTC"), "20261321") << "no date";
}

TEST(TimestampsTest, RefusesNumbersThatAreNoneInJson) {
  for (const std::string text : {"007", "-01", "1.", ".5", "+1", "1e9", "-"}) EXPECT_EQ(read(text), "invalid") << text;
}

TEST(TimestampsTest, ALocalTimeNeedsAZone) {
  EXPECT_EQ(read("2026-11-21 10:00:00"), "invalid");
  EXPECT_EQ(read("2026-11-21 10:00:00", "Europe/Berlin"), micros("2026-11-21T09:00:00Z"));
  EXPECT_EQ(read("2026-11-21T10:00", "Asia/Kolkata"), micros("2026-11-21T04:30:00Z"));
  EXPECT_EQ(read("2026-11-21", "America/New_York"), micros("2026-11-21T05:00:00Z"));
}

TEST(TimestampsTest, ATimeThatTheClockSkippedIsTheEndOfTheGap) {
  EXPECT_EQ(read("2026-03-29 02:30:00", "Europe/Berlin"), micros("2026-03-29T01:00:00Z"));
}

TEST(TimestampsTest, ATimeThatCameTwiceIsTheFirst) {
  EXPECT_EQ(read("2026-10-25 02:30:00", "Europe/Berlin"), micros("2026-10-25T00:30:00Z"));
}

TEST(TimestampsTest, ReadsTheTimesOfWebServers) {
  EXPECT_EQ(read("17/May/2015:10:05:03 +0200"), R"("2015-05-17T10:05:03+02:00")");
  EXPECT_EQ(read("17/Foo/2015:10:05:03 +0200"), "invalid");
  EXPECT_EQ(read("37/May/2015:10:05:03 +0200"), "invalid");
}

TEST(TimestampsTest, ReadsOffsetsAsDatabasesWriteThem) {
  EXPECT_EQ(read("2026-11-21 09:30:00+01"), R"("2026-11-21 09:30:00+01:00")");
  EXPECT_EQ(read("2026-11-21 09:30:00.123-0430"), R"("2026-11-21 09:30:00.123-04:30")");
  EXPECT_EQ(read("2026-11-21 09:30:00 UTC"), R"("2026-11-21 09:30:00Z")");
  EXPECT_EQ(read("2026/11/21 09:30:00", "UTC"), micros("2026-11-21T09:30:00Z"));
  EXPECT_EQ(read("2026-11-21 09:30:00+1"), "invalid");
}

TEST(TimestampsTest, RefusesAnythingElse) {
  for (const std::string text : {"", "yesterday", "21.11.2026", "2026-13-01", "2026-02-30T00:00:00Z"}) EXPECT_EQ(read(text, "UTC"), "invalid") << text;
}

}  // namespace
}  // namespace spectrum::bulk
