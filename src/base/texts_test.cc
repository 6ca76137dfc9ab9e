// JSON text, UTF-8 and byte strings.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "base/bytes.h"
#include "base/json.h"
#include "base/json_text.h"
#include "base/utf8.h"

namespace spectrum {
namespace {

std::string string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}
std::string number(double value) {
  std::string json;
  append_json_number(json, value);
  return json;
}
std::string integer(std::int64_t value) {
  std::string json;
  append_json_integer(json, value);
  return json;
}

TEST(JsonTextTest, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(string("\n\r\t\b\x1F"), R"("\n\r\t\u0008\u001f")");
  EXPECT_EQ(string(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(string("\xC3\xA9\x7F"), "\"\xC3\xA9\x7F\"");
  EXPECT_EQ(string(""), "\"\"");
}

TEST(JsonTextTest, NumbersReadBackEqual) {
  EXPECT_EQ(number(2.0), "2");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(std::nan("")), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(std::strtod(number(value).c_str(), nullptr), value);
  }
}

TEST(JsonTextTest, IntegersThatJavaScriptCannotHoldAreTexts) {
  EXPECT_EQ(integer(9'007'199'254'740'992), "9007199254740992");
  EXPECT_EQ(integer(9'007'199'254'740'993), "\"9007199254740993\"");
  EXPECT_EQ(integer(-9'007'199'254'740'993), "\"-9007199254740993\"");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "\"-9223372036854775808\"");
}

TEST(JsonTextTest, TheWriterPutsTheCommas) {
  JsonWriter json;
  json.begin_object().key("a").integer(1).key("b").begin_array().string("x").number(1.5).boolean(true).null().begin_array().end_array();
  json.begin_object().end_object().end_array().key("c").raw("{}").end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":["x",1.5,true,null,[],{}],"c":{}})");
}

TEST(JsonTextTest, TheWriterEscapesAsAStringDoesWhereverTheCharacterIs) {
  for (std::size_t size = 0; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int character = 0; character < 256; ++character) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(character);
        JsonWriter json;
        ASSERT_EQ(json.string(text).text(), string(text)) << "size " << size << ", at " << at << ", character " << character;
      }
    }
  }
}

TEST(JsonTextTest, TheWriterGrows) {
  JsonWriter json;
  std::string expected;
  for (std::size_t size = 0; size < 1200; ++size) {
    expected += (size == 0 ? "[{\"" : ",{\"") + std::string(size, 'k') + "\":1}";
    if (size == 0) json.begin_array();
    json.begin_object().key(std::string(size, 'k')).integer(1).end_object();
    ASSERT_EQ(json.text().size(), expected.size());
  }
  EXPECT_EQ(json.end_array().take(), expected + "]");
  EXPECT_EQ(json.begin_array().end_array().text(), "[]");
}

TEST(JsonTest, FindsMembers) {
  const Json json(Json::Object{{"a", Json(std::int64_t{1})}, {"b", Json()}});
  EXPECT_EQ(*json.find("a")->integer(), 1);
  EXPECT_TRUE(json.find("b")->is_null());
  EXPECT_EQ(json.find("c"), nullptr);
  EXPECT_EQ(Json(true).find("a"), nullptr);
}

TEST(Utf8Test, KeepsWhatIsValid) {
  for (const std::string_view text : {"", "ascii", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(Utf8Test, ReplacesEachByteThatIsNot) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(valid_utf8("a\x80z"), "a" + mark + "z");
  EXPECT_EQ(valid_utf8("\xC0\x80"), mark + mark);                      // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), mark + mark + mark);           // half a surrogate pair
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);  // beyond U+10FFFF
  EXPECT_EQ(valid_utf8("\xE2\x82"), mark + mark);                      // cut short
  EXPECT_EQ(valid_utf8("\xE2\x82z\xFF"), mark + mark + "z" + mark);
}

TEST(Utf8Test, WhatItGivesIsValid) {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string text(random() % 12, '\0');
    for (auto& byte : text) byte = static_cast<char>(random() % 2 == 0 ? random() : 0xC0 + random() % 64);
    const std::string valid = valid_utf8(text);
    ASSERT_EQ(valid_utf8(valid), valid);
  }
}

TEST(BytesTest, WhatIsWrittenReadsBack) {
  std::string bytes;
  ByteWriter write(bytes);
  for (const std::uint64_t value : {0ull, 127ull, 128ull, 300ull, ~0ull}) write.varint(value);
  write.number(-1.5);
  write.text("text");
  write.text("");
  ByteReader read(bytes);
  for (const std::uint64_t value : {0ull, 127ull, 128ull, 300ull, ~0ull}) EXPECT_EQ(read.varint(), value);
  EXPECT_EQ(read.number<double>(), -1.5);
  EXPECT_EQ(read.text(), "text");
  EXPECT_EQ(read.text(), "");
  EXPECT_TRUE(read.ok() && read.at_end());
}

TEST(BytesTest, ReadingPastTheEndFailsForGood) {
  ByteReader read("\x05" "abc");
  EXPECT_EQ(read.text(), "");
  EXPECT_FALSE(read.ok());
  EXPECT_EQ(read.number<std::uint32_t>(), 0);
  EXPECT_EQ(read.varint(), 0);
  EXPECT_FALSE(read.ok());
}

TEST(BytesTest, AVarintHas64BitsAtMost) {
  ByteReader read("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
  EXPECT_EQ(read.varint(), 0);
  EXPECT_FALSE(read.ok());
}

}  // namespace
}  // namespace spectrum
