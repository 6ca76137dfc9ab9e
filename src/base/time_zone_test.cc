#include "base/time_zone.h"

#include <gmock/gmock.h>

#include <random>

namespace spectrum {
namespace {

using testing::ElementsAre;

TimeZone zone(const std::string& name) { return TimeZone::find(name).value(); }
Timestamp at(std::string_view text) { return *parse_rfc3339(text); }

/// What a clock there shows at an instant.
std::string local(const std::string& name, std::string_view instant) {
  std::string text = format_rfc3339(from_micros(zone(name).to_local(at(instant)).micros));
  text.pop_back();
  return text;
}
std::string instant(const std::string& name, std::string_view local) {
  return format_rfc3339(zone(name).to_instant(*parse_local_time(local)));
}

TEST(TimeZoneTest, KnowsIanaNames) {
  EXPECT_TRUE(is_time_zone("Europe/Berlin"));
  EXPECT_TRUE(is_time_zone("UTC"));
  for (const std::string name : {"", "Mars/Olympus", "../etc/passwd", "europe/berlin", "CEST+1"}) EXPECT_FALSE(is_time_zone(name)) << name;
  EXPECT_EQ(TimeZone::find("nowhere").error().code, Errc::invalid);
}

TEST(TimeZoneTest, ShowsWhatClocksShow) {
  EXPECT_EQ(local("America/New_York", "2026-07-01T00:00:00Z"), "2026-06-30T20:00:00");
  EXPECT_EQ(local("America/New_York", "2026-01-01T00:00:00Z"), "2025-12-31T19:00:00");
  EXPECT_EQ(local("Asia/Kolkata", "2026-01-01T00:00:00Z"), "2026-01-01T05:30:00");
  EXPECT_EQ(local("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29T23:59:59");
  EXPECT_EQ(local("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31T00:00:00");
  EXPECT_EQ(local("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), "2026-04-05T01:30:00");
  EXPECT_EQ(local("Europe/Berlin", "1969-12-31T23:30:00.5Z"), "1970-01-01T00:30:00.500");
}

TEST(TimeZoneTest, FindsTheInstantOfALocalTime) {
  EXPECT_EQ(instant("Europe/Berlin", "2026-07-01 12:00"), "2026-07-01T10:00:00Z");
  EXPECT_EQ(instant("Asia/Kolkata", "2026-07-01"), "2026-06-30T18:30:00Z");
}

TEST(TimeZoneTest, ATimeInAGapIsItsEnd) {
  EXPECT_EQ(instant("America/New_York", "2026-03-08 02:30"), "2026-03-08T07:00:00Z");
  EXPECT_EQ(instant("Africa/Cairo", "2025-04-25 00:00"), "2025-04-24T22:00:00Z");
  EXPECT_EQ(instant("Pacific/Apia", "2011-12-30 12:00"), "2011-12-30T10:00:00Z");
  EXPECT_EQ(instant("Australia/Lord_Howe", "2026-10-04 02:15"), "2026-10-03T15:30:00Z");
}

TEST(TimeZoneTest, ATimeThatComesTwiceIsItsFirst) {
  EXPECT_EQ(instant("America/New_York", "2026-11-01 01:30"), "2026-11-01T05:30:00Z");
  EXPECT_EQ(instant("Australia/Lord_Howe", "2026-04-05 01:45"), "2026-04-04T14:45:00Z");
}

TEST(TimeZoneTest, SpansEndWhereTheOffsetChanges) {
  const auto spans = zone("Europe/Berlin").spans(at("2026-03-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
  ASSERT_EQ(spans.size(), 3);
  EXPECT_EQ(spans[0].from, at("2026-03-01T00:00:00Z"));
  EXPECT_EQ(spans[0].until, at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(spans[1].until, at("2026-10-25T01:00:00Z"));
  EXPECT_EQ(spans[2].until, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(spans[1].offset, std::chrono::hours(2));
  EXPECT_EQ(zone("UTC").spans(at("0001-01-01T00:00:00Z"), at("9999-12-31T00:00:00Z")).size(), 1);
}

TEST(TimeZoneTest, WritesInstantsWithTheirOffset) {
  EXPECT_EQ(zone("America/New_York").format(at("2026-11-01T05:00:00Z")), "2026-11-01T01:00:00-04:00");
  EXPECT_EQ(zone("America/New_York").format(at("2026-11-01T06:00:00Z")), "2026-11-01T01:00:00-05:00");
  EXPECT_EQ(zone("Asia/Kolkata").format(at("2026-11-01T06:00:00.25Z")), "2026-11-01T11:30:00.250+05:30");
  EXPECT_EQ(zone("UTC").format(at("2026-11-01T06:00:00Z")), "2026-11-01T06:00:00+00:00");
}

TEST(TimeZoneTest, ThereAndBackIsTheSameInstantOrTheFirstOfTwo) {
  std::mt19937_64 random(3);
  for (const std::string name : {"America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"}) {
    const auto there = zone(name);
    for (int i = 0; i < 1000; ++i) {
      const auto instant = from_micros(static_cast<std::int64_t>(random() % 2'000'000'000'000'000ull));
      const auto shown = there.to_local(instant);
      const auto back = there.to_instant(shown);
      ASSERT_LE(back, instant) << name;
      ASSERT_EQ(there.to_local(back).micros, shown.micros) << name << " " << format_rfc3339(instant);
      ASSERT_EQ(parse_rfc3339(there.format(instant)), instant) << name;
    }
  }
}

}  // namespace
}  // namespace spectrum
