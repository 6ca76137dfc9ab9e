#include "query/time_range.h"

#include <gmock/gmock.h>

#include <random>

#include "base/time_text.h"

namespace spectrum::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Timestamp at(const std::string& text) { return *parse_rfc3339(text); }
TimeZone zone(const std::string& name) { return TimeZone::find(name).value(); }

std::vector<Bucket> buckets(const std::string& from, const std::string& until, const std::string& zone_name, Interval interval) {
  return make_buckets({at(from), at(until), zone(zone_name)}, interval).value();
}
std::vector<std::string> labels(const std::vector<Bucket>& buckets) {
  std::vector<std::string> labels;
  for (const auto& bucket : buckets) labels.push_back(bucket.label);
  return labels;
}
std::vector<int> hours(const std::vector<Bucket>& buckets) {
  std::vector<int> hours;
  for (const auto& bucket : buckets) hours.push_back(static_cast<int>((bucket.end - bucket.start) / std::chrono::hours(1)));
  return hours;
}

// --- ranges ----------------------------------------------------------------------------------------------------------

std::string range(const std::string& from, const std::string& to, const std::string& zone_name = "Europe/Berlin") {
  const auto range = parse_range(from, to, zone(zone_name), at("2026-11-21T23:30:00Z"));  // the 22nd in Berlin
  return range ? format_rfc3339(range->from) + " " + format_rfc3339(range->until) : range.error().message;
}

TEST(TimeRangeTest, ADateInToIncludesItsDay) {
  EXPECT_EQ(range("2026-11-01", "2026-11-02"), "2026-10-31T23:00:00Z 2026-11-02T23:00:00Z");
}

TEST(TimeRangeTest, AnInstantInToIsExclusive) {
  EXPECT_EQ(range("2026-11-01T00:00:00Z", "2026-11-02T00:00:00+01:00"), "2026-11-01T00:00:00Z 2026-11-01T23:00:00Z");
}

TEST(TimeRangeTest, WithoutBoundsItIsThe30LocalDaysThatEndToday) {
  EXPECT_EQ(range("", ""), "2026-10-23T22:00:00Z 2026-11-22T23:00:00Z");
  EXPECT_EQ(range("", "2026-01-30", "UTC"), "2026-01-01T00:00:00Z 2026-01-31T00:00:00Z");
  EXPECT_EQ(range("2026-11-20", ""), "2026-11-19T23:00:00Z 2026-11-22T23:00:00Z");
}

TEST(TimeRangeTest, RefusesWhatIsNoBoundAndSaysWhichOne) {
  EXPECT_THAT(range("yesterday", ""), HasSubstr("/from"));
  EXPECT_THAT(range("", "2026-11-21T10:00"), HasSubstr("/to"));
  EXPECT_THAT(range("", "2026-02-30"), HasSubstr("/to"));
  EXPECT_THAT(range("2026-11-03", "2026-11-02"), HasSubstr("/from"));
  EXPECT_THAT(range("2026-11-03T00:00:00Z", "2026-11-03T00:00:00Z"), HasSubstr("/from"));
}

TEST(TimeRangeTest, KnowsFiveIntervals) {
  EXPECT_EQ(parse_interval("minute", "").value(), Interval::minute);
  EXPECT_EQ(parse_interval("month", "").value(), Interval::month);
  EXPECT_THAT(parse_interval("year", "/interval").error().message, HasSubstr("/interval"));
}

// --- buckets ---------------------------------------------------------------------------------------------------------

TEST(BucketsTest, DaysHave23Or25HoursWhenTheClockChanges) {
  const auto spring = buckets("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "Europe/Berlin", Interval::day);
  EXPECT_THAT(labels(spring), ElementsAre("2026-03-28", "2026-03-29", "2026-03-30"));
  EXPECT_THAT(hours(spring), ElementsAre(24, 23, 24));
  const auto autumn = buckets("2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", "America/New_York", Interval::day);
  EXPECT_THAT(labels(autumn), ElementsAre("2026-10-31", "2026-11-01", "2026-11-02"));
  EXPECT_THAT(hours(autumn), ElementsAre(24, 25, 24));
}

TEST(BucketsTest, ADayThatBeginsInAGapBeginsWithIt) {
  const auto cairo = buckets("2025-04-24T12:00:00Z", "2025-04-25T12:00:00Z", "Africa/Cairo", Interval::day);
  EXPECT_THAT(labels(cairo), ElementsAre("2025-04-24", "2025-04-25"));
  EXPECT_EQ(cairo[1].start, at("2025-04-24T22:00:00Z"));
  EXPECT_THAT(hours(cairo), ElementsAre(24, 23));
}

TEST(BucketsTest, ADayThatNeverWasIsNoBucket) {
  const auto apia = buckets("2011-12-29T11:00:00Z", "2012-01-01T00:00:00Z", "Pacific/Apia", Interval::day);
  EXPECT_THAT(labels(apia), ElementsAre("2011-12-29", "2011-12-31", "2012-01-01"));
  EXPECT_THAT(hours(apia), ElementsAre(24, 24, 24));
}

TEST(BucketsTest, WeeksBeginOnMondayAndMonthsOnTheFirst) {
  EXPECT_THAT(labels(buckets("2026-11-18T00:00:00Z", "2026-11-24T00:00:00Z", "UTC", Interval::week)),
              ElementsAre("2026-11-16", "2026-11-23"));
  EXPECT_THAT(labels(buckets("2026-01-31T00:00:00Z", "2026-03-01T00:00:01Z", "UTC", Interval::month)),
              ElementsAre("2026-01-01", "2026-02-01", "2026-03-01"));
  EXPECT_THAT(labels(buckets("1969-12-31T00:00:00Z", "1970-01-05T00:00:01Z", "UTC", Interval::week)),
              ElementsAre("1969-12-29", "1970-01-05"));
}

TEST(BucketsTest, TheHourThatComesTwiceIsTwoBuckets) {
  EXPECT_THAT(labels(buckets("2026-11-01T04:00:00Z", "2026-11-01T08:00:00Z", "America/New_York", Interval::hour)),
              ElementsAre("2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00",
                          "2026-11-01T02:00:00-05:00"));
}

TEST(BucketsTest, TheHourThatIsSkippedIsNone) {
  EXPECT_THAT(labels(buckets("2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "Europe/Berlin", Interval::hour)),
              ElementsAre("2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"));
}

TEST(BucketsTest, HoursAreTheClocksWhereTheOffsetIsNoWholeHour) {
  EXPECT_THAT(labels(buckets("2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z", "Asia/Kolkata", Interval::hour)),
              ElementsAre("2026-11-21T05:00:00+05:30", "2026-11-21T06:00:00+05:30"));
}

TEST(BucketsTest, AHalfHourChangeCutsAnHour) {
  // On Lord Howe the clock goes back from 02:00 to 01:30.
  const auto howe = buckets("2026-04-04T13:30:00Z", "2026-04-04T16:30:00Z", "Australia/Lord_Howe", Interval::hour);
  EXPECT_THAT(labels(howe), ElementsAre("2026-04-05T00:00:00+11:00", "2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30",
                                        "2026-04-05T02:00:00+10:30"));
  EXPECT_EQ(howe[2].end - howe[2].start, std::chrono::minutes(30));
}

TEST(BucketsTest, HoursAndMinutesBefore1970AreTheClocksToo) {
  EXPECT_THAT(labels(buckets("1969-12-31T22:30:00Z", "1970-01-01T01:00:00Z", "UTC", Interval::hour)),
              ElementsAre("1969-12-31T22:00:00+00:00", "1969-12-31T23:00:00+00:00", "1970-01-01T00:00:00+00:00"));
  EXPECT_THAT(buckets("1969-12-31T23:50:30Z", "1970-01-01T00:10:00Z", "UTC", Interval::minute), SizeIs(20));
}

TEST(BucketsTest, RefusesTooMany) {
  const TimeRange most{at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z") + std::chrono::minutes(kMaxBuckets), zone("UTC")};
  EXPECT_THAT(make_buckets(most, Interval::minute).value(), SizeIs(kMaxBuckets));
  const TimeRange more{most.from, most.until + std::chrono::seconds(1), most.zone};
  EXPECT_THAT(make_buckets(more, Interval::minute).error().message, HasSubstr("/interval"));
  const TimeRange centuries{at("0001-01-01T00:00:00Z"), at("9999-12-31T00:00:00Z"), zone("Europe/Berlin")};
  EXPECT_FALSE(make_buckets(centuries, Interval::day).ok());
  EXPECT_FALSE(make_buckets(centuries, Interval::hour).ok());
}

class BucketsPropertyTest : public testing::TestWithParam<unsigned> {
 protected:
  static TimeRange random_range(std::mt19937_64& random) {
    static const std::vector<std::string> zones = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu",
                                                   "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "America/Havana",
                                                   "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Chatham", "Asia/Tehran"};
    const auto from = at("1972-01-01T00:00:00Z") + std::chrono::microseconds(random() % 2'000'000'000'000'000ull);
    const auto length = std::chrono::microseconds(1 + random() % (random() % 2 == 0 ? 7'200'000'000ull : 9'000'000'000'000ull));
    return {from, from + length, zone(zones[random() % zones.size()])};
  }
};

TEST_P(BucketsPropertyTest, NoBucketIsMissingOrDoubled) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  for (int round = 0; round < 1000; ++round) {
    const auto range = random_range(random);
    for (const auto interval : {Interval::minute, Interval::hour, Interval::day, Interval::week, Interval::month}) {
      const auto made = make_buckets(range, interval);
      if (!made.ok()) continue;
      const auto where = range.zone.name() + " " + format_rfc3339(range.from) + " " + format_rfc3339(range.until);
      ASSERT_LE(made->front().start, range.from) << where;
      ASSERT_GT(made->front().end, range.from) << where;
      ASSERT_LT(made->back().start, range.until) << where;
      ASSERT_GE(made->back().end, range.until) << where;
      for (std::size_t i = 0; i < made->size(); ++i) {
        ASSERT_LT((*made)[i].start, (*made)[i].end) << where;
        if (i == 0) continue;
        ASSERT_EQ((*made)[i - 1].end, (*made)[i].start) << where;
        ASSERT_NE((*made)[i - 1].label, (*made)[i].label) << where;
      }
    }
  }
}

TEST_P(BucketsPropertyTest, ABucketIsOneHourOnTheClock) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  constexpr std::int64_t kHour = 3'600'000'000;
  for (int round = 0; round < 300; ++round) {
    const auto range = random_range(random);
    const auto made = make_buckets(range, Interval::hour);
    if (!made.ok()) continue;
    for (const auto& bucket : *made) {
      const auto first = range.zone.to_local(bucket.start).micros;
      const auto last = range.zone.to_local(bucket.end - std::chrono::microseconds(1)).micros;
      ASSERT_EQ(first / kHour, last / kHour) << range.zone.name() << " " << bucket.label;
    }
  }
}

TEST_P(BucketsPropertyTest, TheIndexFindsTheBucketOfEachMinute) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  for (int round = 0; round < 40; ++round) {
    const auto range = random_range(random);
    const auto made = make_buckets(range, static_cast<Interval>(random() % 5));
    if (!made.ok()) continue;
    const auto minute = [](Timestamp instant) { return std::chrono::floor<std::chrono::minutes>(instant).time_since_epoch().count(); };
    const auto first = minute(made->front().start), last = minute(made->back().end);
    std::vector<std::int64_t> minutes;
    for (auto t = first; t < last; t += 1 + (last - first) / 2000) minutes.push_back(t);
    for (int i = 0; i < 200; ++i) minutes.push_back(first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first)));
    std::vector<BucketRun> runs;
    BucketIndex(*made).find(minutes, runs);
    ASSERT_EQ(runs.back().end, minutes.size());
    auto run = runs.begin();
    for (std::size_t i = 0; i < minutes.size(); ++i) {
      if (i == run->end) ++run;
      const Timestamp instant{std::chrono::minutes(minutes[i])};
      ASSERT_LE((*made)[run->bucket].start, instant) << range.zone.name();
      ASSERT_GT((*made)[run->bucket].end, instant) << range.zone.name();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BucketsPropertyTest, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace spectrum::query
