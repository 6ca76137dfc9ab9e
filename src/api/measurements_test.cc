#include "api/measurements.h"

#include <gmock/gmock.h>

namespace spectrum::api {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TEST(MeasurementsTest, TellWhatBecameOfEachQuestion) {
  Measurements measurements;
  for (int i = 0; i < 4; ++i) measurements.waits();
  for (int i = 0; i < 3; ++i) measurements.begins();
  measurements.refuses();
  measurements.ends("/api/v1/query/trends", 503, 1ms);
  measurements.ends("/api/v1/query/trends", 200, 20ms);
  const auto text = measurements.text();
  EXPECT_THAT(text, HasSubstr("spectrum_query_waiting 1\n"));
  EXPECT_THAT(text, HasSubstr("spectrum_query_running 1\n"));
  EXPECT_THAT(text, HasSubstr("spectrum_query_refused_total 1\n"));
  EXPECT_THAT(text, HasSubstr("spectrum_query_seconds_count{path=\"/api/v1/query/trends\",status=\"503\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("spectrum_query_seconds_bucket{path=\"/api/v1/query/trends\",status=\"200\",le=\"0.01\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("spectrum_query_seconds_bucket{path=\"/api/v1/query/trends\",status=\"200\",le=\"0.03\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("status=\"0\"")));
}

}  // namespace
}  // namespace spectrum::api
