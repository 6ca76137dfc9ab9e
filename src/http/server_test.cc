#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/file.h"
#include "base/guarded.h"

namespace spectrum::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kPatience = 10s;  // a test that waits longer has failed

/// A client's socket. What it waits for comes soon or not at all.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  bool is_connected() const { return connected_; }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has closed; the answer tells
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// All bytes until the server closes.
  std::string read_to_end() {
    while (read_some()) {}
    return std::exchange(received_, {});
  }
  /// One whole answer, told by its Content-Length.
  std::string read_answer() {
    for (;;) {
      const auto head_end = received_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        const auto length = received_.find("Content-Length: ");
        const std::size_t body = length < head_end ? std::stoul(received_.substr(length + 16)) : 0;
        if (received_.size() >= head_end + 4 + body) {
          const std::string answer = received_.substr(0, head_end + 4 + body);
          received_.erase(0, answer.size());
          return answer;
        }
      }
      if (!read_some()) return std::exchange(received_, {});
    }
  }
  /// All bytes up to a text; less when the server closes before.
  std::string read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && read_some()) {}
    const auto found = received_.find(text);
    const std::string read = received_.substr(0, found == std::string::npos ? found : found + text.size());
    received_.erase(0, read.size());
    return read;
  }
  bool is_closed() { return !read_some() && received_.empty(); }
  void close() { socket_ = {}; }
  void end() { ::shutdown(socket_.get(), SHUT_WR); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_ = {};
  }

 private:
  bool read_some() {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) return false;
    char bytes[64 << 10];
    const auto got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  Fd socket_;
  bool connected_ = false;
  std::string received_;
};

Response with_body(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

const std::string kGet = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.threads = 2;
  }
  /// Answers with the request's body, or `hello`; keeps requests for /later unanswered in `kept_`.
  void start() {
    server_ = Server::start(options_, [this](const Request& request, const Responder& responder) {
                if (request.path == "/later") return kept_.with([&](auto& kept) { kept.push_back(responder); });
                if (request.path == "/never") return;
                responder.send(with_body(request.method == "POST" ? std::string(request.body) : "hello"));
              }).value();
  }
  Client connect() { return Client(server_->port()); }

  template <typename Condition>
  static bool soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  bool keeps(std::size_t count) {
    return soon([&] { return kept_.with([&](auto& kept) { return kept.size() == count; }); });
  }
  std::vector<Responder> take_kept() {
    return kept_.with([](auto& kept) { return std::exchange(kept, {}); });
  }

  ServerOptions options_;
  Guarded<std::vector<Responder>> kept_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, Answers) {
  start();
  auto client = connect();
  client.send(kGet);
  EXPECT_EQ(client.read_answer(), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(ServerTest, KeepsAConnectionForManyRequests) {
  start();
  auto client = connect();
  for (int i = 0; i < 100; ++i) {
    client.send(post(std::to_string(i)));
    EXPECT_THAT(client.read_answer(), testing::EndsWith("\r\n\r\n" + std::to_string(i)));
  }
  EXPECT_EQ(server_->stats().accepted, 1);
  EXPECT_EQ(server_->stats().requests, 100);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  auto client = connect();
  std::string stream;
  for (int i = 0; i < 200; ++i) stream += post("body " + std::to_string(i));
  client.send(stream);
  for (int i = 0; i < 200; ++i) EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\nbody " + std::to_string(i)));
}

TEST_F(ServerTest, ClosesWhenItIsAskedTo) {
  start();
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), HasSubstr("Connection: close\r\n\r\nhello"));
}

TEST_F(ServerTest, AnAnswerToHeadHasNoBody) {
  start();
  auto client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, SaysGoOnToABodyThatWaits) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  EXPECT_THAT(client.read_answer(), testing::EndsWith("\r\n\r\nab"));
}

TEST_F(ServerTest, CarriesLargeBodiesBothWays) {
  start();
  std::string body(10 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  auto client = connect();
  std::thread sender([&] { client.send(post(body)); });
  const auto answer = client.read_answer();
  sender.join();
  EXPECT_TRUE(answer.ends_with(body));
}

TEST_F(ServerTest, RefusesAMalformedRequestAndCloses) {
  start();
  auto client = connect();
  client.send("nonsense\r\n\r\n" + kGet);
  const auto answer = client.read_to_end();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_EQ(answer.find("hello"), std::string::npos);
  EXPECT_EQ(server_->stats().requests, 0);
}

TEST_F(ServerTest, TheAnswerToATooLargeBodyArrives) {
  options_.limits.body_bytes = 1000;
  start();
  auto client = connect();
  client.send(post(std::string(200'000, 'x')));
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, RefusesLargeBodiesBeyondTheBudgetForNow) {
  options_.body_budget_bytes = 150'000;
  start();
  auto first = connect();
  // Once it is told to go on, memory is taken for it.
  first.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(first.read_answer(), StartsWith("HTTP/1.1 100 "));
  first.send(std::string(50'000, 'x'));
  auto other = connect();
  other.send(post(std::string(100'000, 'y')));
  const std::string refused = other.read_answer();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  first.send(std::string(50'000, 'x'));
  EXPECT_THAT(first.read_answer(), StartsWith("HTTP/1.1 200 "));
  // Its memory is free a moment after its answer.
  EXPECT_TRUE(soon([&] {
    auto second = connect();
    second.send(post(std::string(100'000, 'z')));
    return second.read_answer().starts_with("HTTP/1.1 200 ");
  }));
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheLimit) {
  options_.max_connections = 1;
  start();
  auto first = connect();
  first.send(kGet);
  EXPECT_THAT(first.read_answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(connect().read_to_end(), StartsWith("HTTP/1.1 503 "));
  first.close();
  EXPECT_TRUE(soon([&] { return server_->stats().connections == 0; }));
}

// --- answers from elsewhere ------------------------------------------------------------------------------------------

TEST_F(ServerTest, AnswersMayComeFromAnyThread) {
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect());
  for (auto& client : clients) client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(20));
  std::vector<std::thread> threads;
  for (auto& responder : take_kept()) {
    threads.emplace_back([responder] { responder.send(with_body("from elsewhere")); });
  }
  for (auto& thread : threads) thread.join();
  for (auto& client : clients) EXPECT_THAT(client.read_answer(), HasSubstr("from elsewhere"));
}

TEST_F(ServerTest, OnlyTheFirstAnswerCounts) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  const auto responder = take_kept().front();
  responder.send(with_body("first"));
  responder.send(with_body("second"));
  client.send(kGet);
  EXPECT_THAT(client.read_answer(), HasSubstr("first"));
  EXPECT_THAT(client.read_answer(), HasSubstr("hello"));
}

TEST_F(ServerTest, ARequestThatIsDroppedIsAnsweredWith500) {
  start();
  auto client = connect();
  client.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500 "));
}

TEST_F(ServerTest, AnswersAClientThatEndedItsSideOnly) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  client.end();
  const auto responder = take_kept().front();
  EXPECT_TRUE(soon([&] { return responder.is_abandoned(); })) << "it may as well be gone";
  responder.send(with_body("all the same"));
  EXPECT_THAT(client.read_to_end(), testing::EndsWith("all the same"));
  EXPECT_TRUE(soon([&] { return server_->stats().connections == 0; }));
}

TEST_F(ServerTest, TellsWhenNobodyWaitsForTheAnswer) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  const auto responder = take_kept().front();
  EXPECT_FALSE(responder.is_abandoned());
  client.reset();
  EXPECT_TRUE(soon([&] { return responder.is_abandoned(); }));
  responder.send(with_body("too late"));
  auto other = connect();
  other.send(kGet);
  EXPECT_THAT(other.read_answer(), HasSubstr("hello"));
}

TEST_F(ServerTest, WhatComesWhileARequestIsHandledWaits) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  client.send(kGet);
  take_kept().front().send(with_body("first"));
  EXPECT_THAT(client.read_answer(), HasSubstr("first"));
  EXPECT_THAT(client.read_answer(), HasSubstr("hello"));
}

// --- slow clients ----------------------------------------------------------------------------------------------------

TEST_F(ServerTest, CutsASlowHeadOff) {
  options_.head_timeout = 1s;
  start();
  auto client = connect();
  client.send("GET / HT");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ASlowHeadIsCutOffHoweverOftenAByteComes) {
  options_.head_timeout = 1s;
  start();
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nX: ");
  std::jthread dripping([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      client.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ASlowBodyIsCutOffHoweverOftenAByteComes) {
  options_.transfer_timeout = 1s;
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n");
  const auto begin = std::chrono::steady_clock::now();
  std::jthread dripping([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      client.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(ServerTest, ClosesIdleConnections) {
  options_.idle_timeout = 1s;
  start();
  auto client = connect();
  client.send(kGet);
  client.read_answer();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, AClientThatReadsNothingCostsNoTime) {
  options_.threads = 1;
  start();
  auto client = connect();
  client.send(post(std::string(15 << 20, 'x')) + kGet);  // the answer does not fit the socket, and more has come
  ASSERT_TRUE(soon([&] { return server_->stats().requests == 1; }));
  const auto cpu_time = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  std::this_thread::sleep_for(100ms);
  const auto before = cpu_time();
  std::this_thread::sleep_for(1s);
  EXPECT_LT(cpu_time() - before, 500ms);
}

// --- streams ---------------------------------------------------------------------------------------------------------

const std::string kLater = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";

class StreamTest : public ServerTest {
 protected:
  Client listen() {
    auto client = connect();
    client.send(kLater);
    EXPECT_TRUE(keeps(1));
    Response head = with_body("hello ");
    head.content_type = "text/event-stream";
    stream_ = take_kept().front().stream(std::move(head));
    return client;
  }

  std::optional<Stream> stream_;
};

TEST_F(StreamTest, ArrivesPieceByPieceAndEndsWithItsLastCopy) {
  start();
  auto client = listen();
  EXPECT_EQ(client.read_until("hello "),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nhello ");
  EXPECT_TRUE(stream_->write("one "));
  EXPECT_EQ(client.read_until("one "), "one ");
  const Stream copy = *stream_;
  stream_.reset();
  EXPECT_TRUE(copy.write("two"));
  EXPECT_EQ(client.read_until("two"), "two");
}

TEST_F(StreamTest, WhatWasWrittenBeforeItsEndArrives) {
  start();
  auto client = listen();
  client.read_until("hello ");
  const std::string large(1'000'000, 'x');
  bool is_written = false;  // only when nothing else waits
  ASSERT_TRUE(soon([&] { return is_written = is_written || stream_->write(large); }));
  stream_.reset();
  EXPECT_TRUE(client.read_to_end() == large);
}

TEST_F(StreamTest, BeginsOnceOnly) {
  start();
  auto client = connect();
  client.send(kLater);
  ASSERT_TRUE(keeps(1));
  const auto responder = take_kept().front();
  responder.send(with_body("an answer"));
  EXPECT_FALSE(responder.stream({}).has_value());
  EXPECT_THAT(client.read_answer(), HasSubstr("an answer"));
}

TEST_F(StreamTest, TakesNoMoreForAClientThatDoesNotRead) {
  start();
  auto client = listen();
  const std::string piece(32 << 10, 'x');
  std::size_t taken = 0;
  // The socket itself takes some megabytes before anything waits here.
  while (taken < (256u << 20) && stream_->write(piece)) {
    taken += piece.size();
    std::this_thread::sleep_for(100us);
  }
  ASSERT_LT(taken, 256u << 20);
  EXPECT_FALSE(stream_->write(piece));
  std::thread reader([&] { EXPECT_THAT(client.read_until("the last"), testing::EndsWith("the last")); });
  EXPECT_TRUE(soon([&] { return stream_->write("the last"); }));
  reader.join();
}

TEST_F(StreamTest, ClosesAClientThatReadsNothingForTooLong) {
  options_.transfer_timeout = 1s;
  start();
  auto client = listen();
  // It goes on where it was refused: what waits may still fit into the kernel's buffers.
  EXPECT_TRUE(soon([&] {
    while (stream_->write(std::string(32 << 10, 'x'))) {
    }
    return stream_->is_abandoned();
  }));
  EXPECT_TRUE(soon([&] { return server_->stats().connections == 0; }));
}

TEST_F(StreamTest, ASilentOneStaysOpen) {
  options_.transfer_timeout = 1s;
  options_.idle_timeout = 1s;
  options_.head_timeout = 1s;
  start();
  auto client = listen();
  client.read_until("hello ");
  std::this_thread::sleep_for(2500ms);
  EXPECT_TRUE(stream_->write("still here"));
  EXPECT_EQ(client.read_until("still here"), "still here");
}

TEST_F(StreamTest, AHangUpIsNoticedAndFreesTheConnection) {
  start();
  auto client = listen();
  client.read_until("hello ");
  client.close();
  EXPECT_TRUE(soon([&] { return stream_->is_abandoned(); }));
  EXPECT_FALSE(stream_->write("nobody reads this"));
  EXPECT_TRUE(soon([&] { return server_->stats().connections == 0; }));
}

TEST_F(StreamTest, StopEndsItAtOnce) {
  start();
  auto client = listen();
  client.read_until("hello ");
  const auto begin = std::chrono::steady_clock::now();
  server_->stop(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(stream_->write("too late"));
}

// --- the end ---------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, StopClosesIdleConnectionsAndTakesNoMore) {
  start();
  const int port = server_->port();
  auto client = connect();
  client.send(kGet);
  client.read_answer();
  server_->stop(kPatience);
  EXPECT_TRUE(client.is_closed());
  server_.reset();
  EXPECT_FALSE(Client(port).is_connected());
}

TEST_F(ServerTest, StopWaitsForWhatIsBeingAnswered) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  std::thread stopping([&] { server_->stop(kPatience); });
  take_kept().front().send(with_body("just in time"));
  EXPECT_THAT(client.read_to_end(), HasSubstr("just in time"));
  stopping.join();
}

TEST_F(ServerTest, StopWaitsNoLongerThanItsPatience) {
  start();
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(keeps(1));
  server_->stop(50ms);
  take_kept().front().send(with_body("too late"));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, ARequestMayOutliveTheServer) {
  start();
  auto client = connect();
  const std::string body(100'000, 'x');
  client.send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + body);
  ASSERT_TRUE(keeps(1));
  server_.reset();
  const auto kept = take_kept();
  EXPECT_TRUE(kept.front().is_abandoned());
  kept.front().send(with_body("too late"));
}

TEST_F(ServerTest, SaysWhoHasThePort) {
  start();
  ServerOptions second = options_;
  second.port = server_->port();
  const auto refused = Server::start(second, [](const Request&, const Responder&) {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
}

}  // namespace
}  // namespace spectrum::http
