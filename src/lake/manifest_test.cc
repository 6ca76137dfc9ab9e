#include "lake/manifest.h"

#include <gtest/gtest.h>

namespace spectrum::lake {
namespace {

Manifest an_example() {
  return {42,
          Timestamp(std::chrono::seconds(1'790'000'000)),
          {{"fact_events/event_date=2026-11-21/42-x.parquet", "fact_events", "2026-11-21", 40, 1234, 9876, 0, 42, 4000000000},
           {"dim_users/42-\"odd\".parquet", "dim_users", "", 3, 99, 0, 0, 42, {}}}};
}

TEST(Manifest, ReadsWhatItWrote) { EXPECT_EQ(parse_manifest(to_json(an_example())).value(), an_example()); }

TEST(Manifest, MayBeEmpty) { EXPECT_EQ(parse_manifest(to_json({})).value(), Manifest()); }

TEST(Manifest, PositionsPast53BitsAreKept) {
  Manifest manifest = an_example();
  manifest.position = (1ull << 53) - 1;
  EXPECT_EQ(parse_manifest(to_json(manifest)).value(), manifest);
}

TEST(Manifest, ATruncatedTextIsCorrupt) {
  const std::string json = to_json(an_example());
  for (std::size_t size = 0; size + 2 < json.size(); ++size) {
    EXPECT_EQ(parse_manifest(json.substr(0, size)).error().code, Errc::corrupt) << size;
  }
}

TEST(Manifest, ALaterFormatIsNotRead) {
  std::string json = to_json(an_example());
  json.replace(json.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_EQ(parse_manifest(json).error().code, Errc::corrupt);
}

TEST(Manifest, AMissingFieldIsNamed) {
  std::string json = to_json(an_example());
  json.replace(json.find("\"rows\""), 6, "\"xxxx\"");
  EXPECT_NE(parse_manifest(json).error().message.find("rows"), std::string::npos);
}

}  // namespace
}  // namespace spectrum::lake
