// Checksums, digests and ids, by the vectors of their documents.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/crc32c.h"
#include "base/sha256.h"
#include "base/uuid.h"

namespace spectrum {
namespace {

TEST(Crc32cTest, GivesTheValuesOfRfc3720) {
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  for (int i = 31; i >= 0; --i) descending += static_cast<char>(i);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(crc32c(descending), 0x113FDB5Cu);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32cTest, GoesOnFromAnyPlace) {
  std::mt19937 random(1);
  std::string bytes(300, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(std::string_view(bytes).substr(cut), crc32c(std::string_view(bytes).substr(0, cut))), crc32c(bytes)) << cut;
  }
}

TEST(Sha256Test, GivesTheValuesOfFips180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256Test, TheFirst16BytesAreBigEndian) {
  EXPECT_EQ(sha256_128("abc"), (Id128{0xba7816bf8f01cfea, 0x414140de5dae2223}));
}

TEST(Sha256Test, RandomTextsDiffer) {
  EXPECT_EQ(random_hex(8).size(), 16);
  EXPECT_NE(random_hex(16), random_hex(16));
}

TEST(Sha256Test, ComparesTexts) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

std::string uuid_text(Id128 id) {
  std::string text;
  append_uuid(text, id);
  return text;
}

TEST(UuidTest, ReadsAndWritesTheCanonicalForm) {
  const std::string text = "01890a5d-ac96-774b-bcce-b302099a8057";
  EXPECT_EQ(parse_uuid(text), (Id128{0x01890a5dac96774b, 0xbcceb302099a8057}));
  EXPECT_EQ(uuid_text(*parse_uuid(text)), text);
  EXPECT_EQ(uuid_text({0xfedcba9876543210, 0x0f1e2d3c4b5a6978}), "fedcba98-7654-3210-0f1e-2d3c4b5a6978");
}

TEST(UuidTest, AnyOtherTextIsNone) {
  for (const std::string_view text : {"", "01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805",
                                      "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5d-ac96-774b-bcce-b302099a805g",
                                      "{01890a5d-ac96-774b-bcce-b302099a805}", "01890a5d_ac96_774b_bcce_b302099a8057", "01890a5dxac96-774b-bcce-b302099a8057"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(UuidTest, TakesDigitsAndDashesInTheirPlacesOnly) {
  const std::string good = "01890a5d-ac96-774b-bcce-b302099a8057";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      const bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
      EXPECT_EQ(parse_uuid(text).has_value(), good[at] == '-' ? byte == '-' : is_digit) << text;
      if (const auto id = parse_uuid(text)) EXPECT_EQ(uuid_text(*id), text);
    }
  }
}

TEST(UuidTest, Version7SortsByTime) {
  Uuid7Generator generator;
  const Timestamp time = from_micros(1'700'000'000'123'456);
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(uuid_text(generator.next(time)));
  EXPECT_EQ(ids.size(), 10'000);
  for (const auto& id : ids) {
    EXPECT_EQ(id[14], '7');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  }
  EXPECT_LT(*ids.rbegin(), uuid_text(generator.next(time + std::chrono::milliseconds(1))));
}

TEST(UuidTest, Version7IsThatOfRfc9562) {
  const Id128 random{0xCC3, 0x18C4DC0C0C07398F};
  EXPECT_EQ(uuid_text(as_uuid7(from_micros(0x017F22E279B0 * 1000), random)), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(UuidTest, Version8KeepsAllOtherBits) {
  EXPECT_EQ(uuid_text(as_uuid8({~0ull, ~0ull})), "ffffffff-ffff-8fff-bfff-ffffffffffff");
  EXPECT_EQ(uuid_text(as_uuid8({0, 0})), "00000000-0000-8000-8000-000000000000");
}

}  // namespace
}  // namespace spectrum
