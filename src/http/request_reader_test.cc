#include "http/request_reader.h"

#include <gmock/gmock.h>

#include <cstring>
#include <random>

#include "tests/support/http_stream.h"

namespace spectrum::http {
namespace {

using testing::ElementsAre;

std::vector<std::string> read(std::string_view stream, const RequestLimits& limits = {}) {
  return read_requests(stream, [] { return std::string::npos; }, limits);
}

std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /track HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string chunked(const std::string& chunks) {
  return "POST /track HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}
const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Only the bodies and failures of a stream.
std::vector<std::string> bodies(std::string_view stream, const RequestLimits& limits = {}) {
  auto seen = read(stream, limits);
  for (auto& text : seen) text = text.substr(text.rfind(' ') + 1);
  return seen;
}

// --- framing ---------------------------------------------------------------------------------------------------------

TEST(RequestReaderTest, ReadsAHead) {
  EXPECT_THAT(read("GET /a%20b?x=1&y=%41 HTTP/1.1\r\nHost: example.org\r\nX-Empty:\r\nX-Spaces: \t a b \t \r\n\r\n"),
              ElementsAre("GET /a%20b?x=1&y=%41 [Host: example.org] [X-Empty: ] [X-Spaces: a b] "));
}

TEST(RequestReaderTest, ReadsABodyOfKnownSize) {
  EXPECT_THAT(bodies(post("hello")), ElementsAre("hello"));
  EXPECT_THAT(bodies(post("")), ElementsAre(""));
}

TEST(RequestReaderTest, ReadsPipelinedRequests) {
  EXPECT_THAT(bodies(post("a") + post("") + chunked("1\r\nb\r\n0\r\n\r\n") + post(std::string(30'000, 'c')) + post("d")),
              ElementsAre("a", "", "b", std::string(30'000, 'c'), "d"));
}

TEST(RequestReaderTest, SkipsEmptyLinesBeforeARequest) {
  EXPECT_THAT(read("\r\n\r\n" + kGet + "\r\n" + kGet), ElementsAre("GET / [Host: h] ", "GET / [Host: h] "));
}

TEST(RequestReaderTest, BodiesOfEverySizeAroundTheBuffersComeWhole) {
  for (const std::size_t around : {4u << 10, 16u << 10, 20u << 10, 64u << 10}) {
    for (std::size_t size = around - 60; size < around + 60; ++size) {
      const std::string body(size, 'x');
      ASSERT_THAT(bodies(post(body) + post("next")), ElementsAre(body, "next")) << size;
    }
  }
}

TEST(RequestReaderTest, ReadsChunks) {
  EXPECT_THAT(bodies(chunked("5\r\nhello\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n") + kGet),
              ElementsAre("hello0123456789", ""));
  EXPECT_THAT(bodies(chunked("0\r\n\r\n")), ElementsAre(""));
}

TEST(RequestReaderTest, ReadsManyLargeChunks) {
  std::string chunks, body;
  for (int i = 0; i < 40; ++i) {
    const std::string data(10'007, static_cast<char>('a' + i % 26));
    chunks += "2717\r\n" + data + "\r\n";
    body += data;
  }
  EXPECT_THAT(bodies(chunked(chunks + "0\r\n\r\n") + post("next")), ElementsAre(body, "next"));
}

TEST(RequestReaderTest, ABodyIsFollowedByReadableBytes) {
  MemoryBudget budget(1 << 20);
  for (const std::string& stream : {post("x"), post(std::string(20'000, 'x')), chunked("1\r\nx\r\n0\r\n\r\n")}) {
    RequestReader reader({}, budget);
    for (std::string_view rest = stream; !rest.empty();) {
      const auto space = reader.space();
      const auto size = std::min(space.size(), rest.size());
      std::memcpy(space.data(), rest.data(), size);
      rest.remove_prefix(size);
      reader.received(size);
    }
    ASSERT_EQ(reader.state(), RequestReader::State::complete);
    const volatile char* const end = reader.request().body.data() + reader.request().body.size();
    for (std::size_t i = 0; i < kBodyPadding; ++i) (void)end[i];  // for the address sanitizer
  }
}

TEST(RequestReaderTest, SaysWhetherTheConnectionGoesOn) {
  MemoryBudget budget(0);
  const auto keep_alive = [&](const std::string& head) {
    RequestReader reader({}, budget);
    std::memcpy(reader.space().data(), head.data(), head.size());
    reader.received(head.size());
    return reader.keep_alive();
  };
  EXPECT_TRUE(keep_alive(kGet));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestReaderTest, AsksForABodyThatWaits) {
  MemoryBudget budget(0);
  RequestReader reader({}, budget);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  std::memcpy(reader.space().data(), head.data(), head.size());
  reader.received(head.size());
  EXPECT_TRUE(reader.take_expect_continue());
  EXPECT_FALSE(reader.take_expect_continue());
}

// --- limits ----------------------------------------------------------------------------------------------------------

TEST(RequestReaderTest, RefusesAHeadThatIsTooLarge) {
  const RequestLimits limits{.head_bytes = 1000};
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  const std::string fits(1000 - start.size() - 4, 'x');
  EXPECT_EQ(read(start + fits + "\r\n\r\n", limits)[0].substr(0, 3), "GET");
  EXPECT_THAT(read(start + fits + "x\r\n\r\n", limits), ElementsAre("431"));
  EXPECT_THAT(read(std::string(100'000, 'x'), limits), ElementsAre("431"));
}

TEST(RequestReaderTest, RefusesTooManyFields) {
  const RequestLimits limits{.fields = 3};
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n", limits)[0].substr(0, 3), "GET");
  EXPECT_THAT(read("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), ElementsAre("431"));
}

TEST(RequestReaderTest, RefusesABodyThatIsTooLarge) {
  const RequestLimits limits{.body_bytes = 100'000};
  EXPECT_EQ(bodies(post(std::string(100'000, 'x')), limits)[0].size(), 100'000);
  EXPECT_THAT(read(post(std::string(100'001, 'x')), limits), ElementsAre("413"));
  EXPECT_EQ(bodies(chunked("186A0\r\n" + std::string(100'000, 'x') + "\r\n0\r\n\r\n"), limits)[0].size(), 100'000);
  EXPECT_THAT(read(chunked("186A1\r\n" + std::string(100'001, 'x') + "\r\n0\r\n\r\n"), limits), ElementsAre("413"));
}

TEST(RequestReaderTest, RefusesABareLineFeedAtOnce) {
  EXPECT_THAT(read("GET / HTTP/1.1\nHost: h\n\n"), ElementsAre("400"));
  EXPECT_THAT(read("GET / HTTP/1.1\n"), ElementsAre("400"));
  EXPECT_THAT(read("\n"), ElementsAre("400"));
  EXPECT_THAT(read("GET / HTTP/1.1\r\nHost: h\r\n"), ElementsAre("waiting"));
  EXPECT_THAT(read_requests("GET / HTTP/1.1\r\nHost: h\r\n\r\n", [] { return 1; }), ElementsAre("GET / [Host: h] "));
}

TEST(RequestReaderTest, TakesAWholeUrlWhoseHostGoesFirst) {
  EXPECT_THAT(read("GET http://a:1/b?c=d HTTP/1.1\r\nHost: h\r\n\r\n"), ElementsAre("GET /b?c=d [Host: a:1] "));
  EXPECT_THAT(read("GET HTTPS://a HTTP/1.1\r\nHost: h\r\n\r\n"), ElementsAre("GET / [Host: a] "));
  EXPECT_THAT(read("GET /x?u=http://a/b HTTP/1.1\r\nHost: h\r\n\r\n"), ElementsAre("GET /x?u=http://a/b [Host: h] "));
  EXPECT_THAT(read("GET http:///b HTTP/1.1\r\nHost: h\r\n\r\n"), ElementsAre("400"));
}

TEST(RequestReaderTest, RefusesAnEndlessChunkHeader) {
  EXPECT_THAT(read(chunked("5;" + std::string(40'000, 'x'))), ElementsAre("400"));
  EXPECT_THAT(read(chunked("0\r\nX: " + std::string(40'000, 'x'))), ElementsAre("400"));
}

TEST(RequestReaderTest, GivesTheBudgetBack) {
  MemoryBudget budget(200'000);
  const auto feed = [&](RequestReader& reader, std::string_view stream) {
    while (!stream.empty() && !reader.space().empty()) {
      const auto space = reader.space();
      const auto size = std::min(space.size(), stream.size());
      std::memcpy(space.data(), stream.data(), size);
      stream.remove_prefix(size);
      reader.received(size);
    }
  };
  const std::string large = post(std::string(150'000, 'x'));
  for (int round = 0; round < 3; ++round) {
    RequestReader first({}, budget), second({}, budget);
    feed(first, large);
    EXPECT_EQ(first.state(), RequestReader::State::complete);
    feed(second, large);
    EXPECT_EQ(second.failure_status(), 503);
    first.next();
    RequestReader third({}, budget);
    feed(third, large);
    EXPECT_EQ(third.state(), RequestReader::State::complete);
  }
  EXPECT_TRUE(budget.take(200'000));
}

// --- what is refused -------------------------------------------------------------------------------------------------

struct Malformed {
  std::string name, stream, answer;
};
class RequestReaderRefusalTest : public testing::TestWithParam<Malformed> {};

TEST_P(RequestReaderRefusalTest, IsRefused) { EXPECT_THAT(read(GetParam().stream + kGet), ElementsAre(GetParam().answer)); }

std::string head(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Heads, RequestReaderRefusalTest,
    testing::Values(
        Malformed{"NoRequestLine", "nonsense\r\n\r\n", "400"}, Malformed{"NoVersion", "GET /\r\n\r\n", "400"},
        Malformed{"Version2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
        Malformed{"Version12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "505"},
        Malformed{"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n", "505"},
        Malformed{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "505"},
        Malformed{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        Malformed{"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
        Malformed{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        Malformed{"SpaceBeforeColon", head("X : 1\r\n"), "400"}, Malformed{"NoColon", head("X\r\n"), "400"},
        Malformed{"EmptyName", head(": 1\r\n"), "400"}, Malformed{"BareLineFeed", head("X: 1\nY: 2\r\n"), "400"},
        Malformed{"BareCarriageReturn", head("X: 1\rY: 2\r\n"), "400"},
        Malformed{"FoldedLine", head("X: 1\r\n 2\r\n"), "400"}, Malformed{"FoldedEmptyLine", head("X:\r\n \r\n"), "400"},
        Malformed{"FoldedByTab", head("X: 1\r\n\t2\r\n"), "400"},
        Malformed{"FoldedLength", head("Content-Length:\r\n 5\r\n"), "400"},
        Malformed{"LeadingSpace", head(" X: 1\r\n"), "400"},
        Malformed{"NulInValue", head(std::string("X: a\0b\r\n", 8)), "400"},
        Malformed{"ControlInValue", head("X: a\x01\r\n"), "400"},
        Malformed{"NulInTarget", std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 29), "400"}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Framing, RequestReaderRefusalTest,
    testing::Values(
        Malformed{"LengthAndChunked", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "400"},
        Malformed{"ChunkedAndLength", head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "400"},
        Malformed{"TwoLengths", head("Content-Length: 5\r\nContent-Length: 6\r\n"), "400"},
        Malformed{"LengthList", head("Content-Length: 5, 5\r\n"), "400"},
        Malformed{"NegativeLength", head("Content-Length: -1\r\n"), "400"},
        Malformed{"LengthWithPlus", head("Content-Length: +5\r\n"), "400"},
        Malformed{"HexLength", head("Content-Length: 0x5\r\n"), "400"},
        Malformed{"EmptyLength", head("Content-Length:\r\n"), "400"},
        Malformed{"LengthBeyond64Bits", head("Content-Length: 18446744073709551621\r\n"), "400"},
        Malformed{"HugeLength", head("Content-Length: 18446744073709551615\r\n"), "413"},
        Malformed{"OtherEncoding", head("Transfer-Encoding: gzip\r\n"), "501"},
        Malformed{"EncodingList", head("Transfer-Encoding: gzip, chunked\r\n"), "501"},
        Malformed{"ChunkedTwice", head("Transfer-Encoding: chunked, chunked\r\n"), "501"},
        Malformed{"TwoEncodings", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "400"},
        Malformed{"TwoChunkeds", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "400"},
        Malformed{"EncodingWithTab", head("Transfer-Encoding: \x0b" "chunked\r\n"), "400"},
        Malformed{"ChunkedIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Chunks, RequestReaderRefusalTest,
    testing::Values(Malformed{"NegativeSize", chunked("-2\r\nab\r\n"), "400"}, Malformed{"HexPrefix", chunked("0x2\r\nab\r\n"), "400"},
                    Malformed{"NoSize", chunked("\r\nab\r\n"), "400"}, Malformed{"NoHex", chunked("g\r\nab\r\n"), "400"},
                    Malformed{"SizeOverflow", chunked("FFFFFFFFFFFFFFFFF\r\nab\r\n"), "400"},
                    Malformed{"DataLongerThanSize", chunked("1\r\nab\r\n0\r\n\r\n"), "400"},
                    Malformed{"BareLineFeedBehindSize", chunked("2\nab\r\n0\r\n\r\n"), "400"},
                    Malformed{"BareLineFeedBehindData", chunked("2\r\nab\n0\r\n\r\n"), "400"},
                    Malformed{"SpaceBeforeSize", chunked(" 2\r\nab\r\n0\r\n\r\n"), "400"}),
    [](const auto& param) { return param.param.name; });

// --- slices ----------------------------------------------------------------------------------------------------------

/// Pieces that make streams: good and bad ones.
std::vector<std::string> pieces() {
  return {kGet,
          post("hello"),
          post(""),
          post(std::string(5000, 'm')),
          post(std::string(40'000, 'l')),
          chunked("5\r\nhello\r\n0\r\n\r\n"),
          chunked("1388\r\n" + std::string(5000, 'c') + "\r\n3;a=b\r\nxyz\r\n0\r\nT: 1\r\n\r\n"),
          chunked("0\r\n\r\n"),
          "\r\n",
          "GET /?a=%20+b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(3000, 'v') + "\r\n\r\n"};
}
std::vector<std::string> bad_pieces() {
  return {"GET / HTTP/1.1\r\n\r\n",
          head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
          head("X : 1\r\n"),
          head("X: 1\r\n 2\r\n"),
          chunked("-2\r\nab\r\n"),
          chunked("2\r\nabc\r\n0\r\n\r\n"),
          std::string(40'000, 'x'),
          post(std::string(70'000, 'x')),
          chunked("11170\r\n" + std::string(70'000, 'x') + "\r\n0\r\n\r\n"),
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\ncut short"};
}

class RequestReaderPropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(RequestReaderPropertyTest, TheSlicesOfAStreamDoNotMatter) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937 random(GetParam());
  const RequestLimits limits{.head_bytes = 8 << 10, .body_bytes = 65'000, .fields = 20};
  const auto good = pieces(), bad = bad_pieces();
  for (int round = 0; round < 40; ++round) {
    std::string stream;
    for (int i = 0; i < 4; ++i) stream += random() % 6 == 0 ? bad[random() % bad.size()] : good[random() % good.size()];
    if (random() % 3 == 0) stream[random() % stream.size()] = static_cast<char>(random());
    const auto whole = read(stream, limits);
    EXPECT_EQ(read_requests(stream, [] { return 1; }, limits), whole) << stream.substr(0, 2000);
    EXPECT_EQ(read_requests(stream, [&] { return 1 + random() % 700; }, limits), whole) << stream.substr(0, 2000);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RequestReaderPropertyTest, testing::Values(1u, 2u, 3u, 4u, 5u));

}  // namespace
}  // namespace spectrum::http
