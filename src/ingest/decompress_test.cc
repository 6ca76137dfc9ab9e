#include "ingest/decompress.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/packed.h"

namespace spectrum::ingest {
namespace {

constexpr std::size_t kLimit = 1 << 20;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

struct CodecCase {
  std::string encoding;
  std::string (*pack)(std::string_view);
};
class DecompressTest : public testing::TestWithParam<CodecCase> {
 protected:
  Result<std::string> unpack(std::string_view packed, std::size_t limit = kLimit) const {
    return decompress(GetParam().encoding, packed, limit);
  }
  std::string pack(std::string_view text) const { return GetParam().pack(text); }
};

TEST_P(DecompressTest, GivesTheBytesBack) {
  for (const std::string& text : {std::string(), std::string("a"), noise(300'000), std::string(kLimit, 'x')}) {
    EXPECT_EQ(unpack(pack(text)).value(), text);
  }
}

TEST_P(DecompressTest, StopsAtTheLimit) {
  const auto refused = unpack(pack(std::string(kLimit + 1, 'x')));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

TEST_P(DecompressTest, ABombIsRefusedWithoutUnpackingIt) {
  const auto refused = unpack(pack(std::string(64 << 20, '\0')), 1000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

TEST_P(DecompressTest, EveryTruncationIsInvalid) {
  const std::string packed = pack("some text, some text, some text");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto refused = unpack(packed.substr(0, size));
    ASSERT_FALSE(refused.ok()) << size;
    EXPECT_EQ(refused.error().code, Errc::invalid) << size;
  }
}

TEST_P(DecompressTest, SeveralMembersAreOneText) {
  EXPECT_EQ(unpack(pack("one ") + pack("") + pack("two")).value(), "one two");
}

TEST_P(DecompressTest, MembersAreLimitedTogether) {
  const std::string member = pack(std::string(kLimit / 2, 'x'));
  EXPECT_EQ(unpack(member + member).value().size(), kLimit);
  EXPECT_EQ(unpack(member + member + pack("x")).error().code, Errc::too_large);
}

TEST_P(DecompressTest, ACutLastMemberIsInvalid) {
  const std::string packed = pack("one") + pack("two");
  EXPECT_EQ(unpack(std::string_view(packed).substr(0, packed.size() - 1)).error().code, Errc::invalid);
}

TEST_P(DecompressTest, GarbageIsInvalid) {
  EXPECT_EQ(unpack("no packed bytes at all").error().code, Errc::invalid);
  EXPECT_EQ(unpack(pack("text") + "garbage").error().code, Errc::invalid);
}

TEST_P(DecompressTest, ADamagedByteIsInvalid) {
  std::string packed = pack(noise(1000));
  packed[packed.size() / 2] ^= 1;
  EXPECT_EQ(unpack(packed).error().code, Errc::invalid);
}

INSTANTIATE_TEST_SUITE_P(Codecs, DecompressTest, testing::Values(CodecCase{"gzip", &gzip}, CodecCase{"zstd", &zstd}),
                         [](const auto& param_info) { return param_info.param.encoding; });

TEST(DecompressEncodingTest, OtherEncodingsAreNotKnown) {
  EXPECT_EQ(decompress("br", "", kLimit).error().code, Errc::not_found);
  EXPECT_EQ(decompress("gzip, gzip", "", kLimit).error().code, Errc::not_found);
}

TEST(DecompressEncodingTest, TheOldNameOfGzipIsKnown) { EXPECT_EQ(decompress("x-gzip", gzip("a"), kLimit).value(), "a"); }

TEST(DecompressEncodingTest, NamesAreReadWithoutCase) { EXPECT_EQ(decompress("GZIP", gzip("a"), kLimit).value(), "a"); }

TEST(DecompressEncodingTest, AWindowBeyond32MiBIsRefused) {
  EXPECT_TRUE(decompress("zstd", zstd_with_window("some text", 25), kLimit).ok());
  EXPECT_EQ(decompress("zstd", zstd_with_window("some text", 27), kLimit).error().code, Errc::invalid);
}

}  // namespace
}  // namespace spectrum::ingest
