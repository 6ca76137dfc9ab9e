#include "http/message.h"

#include <gtest/gtest.h>

namespace spectrum::http {
namespace {

TEST(MessageTest, DecodesPercentEscapes) {
  EXPECT_EQ(percent_decode("a%20b%C3%A9%41", false), "a b\xC3\xA9"
                                                     "A");
  EXPECT_EQ(percent_decode("%2f%2F", false), "//");
}

TEST(MessageTest, APlusIsASpaceInQueriesOnly) {
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
}

TEST(MessageTest, LeavesBrokenEscapesAsTheyAre) {
  EXPECT_EQ(percent_decode("%", false), "%");
  EXPECT_EQ(percent_decode("%4", false), "%4");
  EXPECT_EQ(percent_decode("%zz%4g", false), "%zz%4g");
}

TEST(MessageTest, FindsHeadersWithoutCase) {
  Request request;
  request.fields = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(request.header("CONTENT-TYPE"), "a");
  EXPECT_EQ(request.header("Content"), "");
}

TEST(MessageTest, FindsQueryValues) {
  Request request;
  request.query = "&a=1&b%20c=x+y%26&empty=&bare&a=2";
  EXPECT_EQ(request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("b c"), "x y&");
  EXPECT_EQ(request.query_value("empty"), "");
  EXPECT_EQ(request.query_value("bare"), "");
  EXPECT_EQ(request.query_value("none"), "");
}

}  // namespace
}  // namespace spectrum::http
