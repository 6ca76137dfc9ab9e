#include "bulk/csv.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/support/naive_csv.h"
#include "tests/support/sliced_source.h"

namespace spectrum::bulk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Rows = std::vector<std::vector<std::string>>;

CsvReader reader_of(std::string text, std::function<std::size_t()> next_slice = [] { return std::string::npos; }) {
  return CsvReader(Buffer(std::make_unique<SlicedSource>(std::move(text), std::move(next_slice))));
}

Rows rows_of(CsvReader reader) {
  Rows rows;
  CsvReader::Row row;
  while (reader.next(row).value()) rows.emplace_back(row.fields.begin(), row.fields.end());
  return rows;
}
Rows rows_of(const std::string& text) { return rows_of(reader_of(text)); }

TEST(CsvReaderTest, ReadsPlainRows) { EXPECT_EQ(rows_of("a,b\n1,2\n"), (Rows{{"a", "b"}, {"1", "2"}})); }

TEST(CsvReaderTest, TheLastRowNeedsNoLineEnd) { EXPECT_EQ(rows_of("a,b\n1,2"), (Rows{{"a", "b"}, {"1", "2"}})); }

TEST(CsvReaderTest, ReadsCarriageReturnsBeforeLineFeeds) {
  EXPECT_EQ(rows_of("a,b\r\n1,2\r\n"), (Rows{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvReaderTest, SkipsAByteOrderMark) { EXPECT_EQ(rows_of("\xEF\xBB\xBF\"a\",b\n"), (Rows{{"a", "b"}})); }

TEST(CsvReaderTest, ReadsQuotedFields) {
  EXPECT_EQ(rows_of("\"a,b\",\"say \"\"hi\"\"\",\"\"\n\"\",x,\"\"\"\"\n"), (Rows{{"a,b", "say \"hi\"", ""}, {"", "x", "\""}}));
}

TEST(CsvReaderTest, AQuotedFieldMayHoldLines) {
  EXPECT_EQ(rows_of("\"a\r\nb\n\nc\",x\n1,2\n"), (Rows{{"a\r\nb\n\nc", "x"}, {"1", "2"}}));
}

TEST(CsvReaderTest, AQuoteInsideAFieldIsAnOrdinaryCharacter) {
  EXPECT_EQ(rows_of("5\" disk,a\"b\nx,y\n"), (Rows{{"5\" disk", "a\"b"}, {"x", "y"}}));
}

TEST(CsvReaderTest, WhatFollowsAClosingQuoteBelongsToTheField) {
  EXPECT_EQ(rows_of("\"a\"b,c\n\"a\"\"b\"c\"d,e\n"), (Rows{{"ab", "c"}, {"a\"bc\"d", "e"}}));
}

TEST(CsvReaderTest, EmptyFieldsCount) { EXPECT_EQ(rows_of(",,\na,,\n,\n"), (Rows{{"", "", ""}, {"a", "", ""}, {"", ""}})); }

TEST(CsvReaderTest, SkipsEmptyLines) { EXPECT_EQ(rows_of("\n\r\na\n\n\nb\n\r\n"), (Rows{{"a"}, {"b"}})); }

TEST(CsvReaderTest, AnEmptyFileHasNoRows) {
  EXPECT_THAT(rows_of(""), IsEmpty());
  EXPECT_THAT(rows_of("\n\n"), IsEmpty());
  EXPECT_THAT(rows_of("\xEF\xBB\xBF"), IsEmpty());
}

TEST(CsvReaderTest, SaysWhereARowBegins) {
  auto reader = reader_of("a,b\n\n\"1\n2\n3\",x\r\n\nlast,y");
  CsvReader::Row row;
  std::vector<std::uint64_t> lines;
  while (reader.next(row).value()) lines.push_back(row.line);
  EXPECT_THAT(lines, ElementsAre(1, 3, 7));
}

TEST(CsvReaderTest, GivesTheRowAsItStands) {
  auto reader = reader_of("\"a\n\"\"b\" , c\r\nnext\n");
  CsvReader::Row row;
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_EQ(row.text, "\"a\n\"\"b\" , c");
}

TEST(CsvReaderTest, SaysThatAQuoteIsLeftOpen) {
  auto reader = reader_of("a,b\n1,\"x\n2,y\n");
  CsvReader::Row row;
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_FALSE(row.is_unclosed);
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_TRUE(row.is_unclosed);
  EXPECT_FALSE(reader.next(row).value());
}

TEST(CsvReaderTest, AClosedQuoteAtTheEndIsNotOpen) {
  for (const std::string text : {"\"a\"", "\"a\"\n", "\"a\"\"\"", "\"\""}) {
    auto reader = reader_of(text);
    CsvReader::Row row;
    ASSERT_TRUE(reader.next(row).value());
    EXPECT_FALSE(row.is_unclosed) << text;
  }
}

TEST(CsvReaderTest, AnOpenQuoteDoesNotFillTheMemory) {
  auto reader = reader_of("a,b\n1,\"" + std::string(40 << 20, 'x'));
  CsvReader::Row row;
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_EQ(reader.next(row).error().code, Errc::invalid);
}

TEST(CsvReaderTest, GuessesTheDelimiter) {
  EXPECT_EQ(guess_delimiter("a,b,c"), ',');
  EXPECT_EQ(guess_delimiter("a;b;c"), ';');
  EXPECT_EQ(guess_delimiter("a\tb"), '\t');
  EXPECT_EQ(guess_delimiter("a|b|c,d"), '|');
  EXPECT_EQ(guess_delimiter("\"a,b,c\";d"), ';');
  EXPECT_EQ(guess_delimiter("alone"), ',');
}

TEST(CsvReaderTest, ReadsOtherDelimiters) { EXPECT_EQ(rows_of("a;b\n\"1;x\";2,5\n"), (Rows{{"a", "b"}, {"1;x", "2,5"}})); }

class CsvReaderPropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(CsvReaderPropertyTest, EqualsANaiveReaderHoweverTheTextIsSliced) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937 random(GetParam());
  const std::vector<std::string> pieces = {"a", "bc", ",", ",", "\n", "\n", "\r\n", "\"", "\"", "\"\"", " ", ";", "\r", "x\"y"};
  for (int round = 0; round < 2000; ++round) {
    std::string text = "h,i\n";
    for (std::size_t i = random() % 40; i > 0; --i) text += pieces[random() % pieces.size()];
    const auto sliced = rows_of(reader_of(text, [&] { return 1 + random() % 5; }));
    ASSERT_EQ(sliced, rows_of(text)) << testing::PrintToString(text);
    ASSERT_EQ(sliced, naive_csv(text, ',')) << testing::PrintToString(text);
  }
}

TEST_P(CsvReaderPropertyTest, RowsLieAcrossTheBuffersBorders) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937 random(GetParam());
  std::string text = "a,b\n";
  while (text.size() < 1'500'000) {
    text += std::string(random() % 50'000, 'x') + ",\"" + std::string(random() % 50'000, '\n') + "\"\"\"\r\n";
  }
  EXPECT_EQ(rows_of(reader_of(text, [&] { return 1 + random() % 100'000; })), naive_csv(text, ','));
}

INSTANTIATE_TEST_SUITE_P(Seeds, CsvReaderPropertyTest, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace spectrum::bulk
