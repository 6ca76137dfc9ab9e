// A closed-loop HTTP client for measurements: `http_load PORT CONNECTIONS EVENTS_PER_REQUEST SECONDS` sends events with
// fresh ids over keep-alive connections and prints one line with the rates and latencies. Every answer must be 202.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "base/uuid.h"

namespace {

using Clock = std::chrono::steady_clock;
using spectrum::SystemClock;

constexpr auto kWarmUp = std::chrono::milliseconds(500);

/// A request whose event ids are replaced in place before each sending.
struct Template {
  std::string text;
  std::vector<std::size_t> ids;
};

void append_event(Template& out, unsigned number) {
  static constexpr const char* kTypes[] = {"page_view", "product_view", "add_to_cart", "checkout", "purchase", "search"};
  char event[640];
  const std::string now = spectrum::format_rfc3339(SystemClock().now());
  const int size = std::snprintf(
      event, sizeof event,
      R"({"event_id":"00000000-0000-4000-8000-000000000000","event_type":"%s","user_id":"user_%06u","session_id":"sess_%08x",)"
      R"("timestamp":"%s","properties":{"page":"/products/%u","referrer":"https://search.example/","price":%u.%02u,)"
      R"("currency":"USD","quantity":%u,"logged_in":true},"context":{"ip":"203.0.113.%u","locale":"en-US","device":"mobile"}})",
      kTypes[number % 6], number * 7919 % 200'000, number * 2654435761u, now.c_str(), number % 5000, number % 300, number % 100,
      number % 9 + 1, number % 256);
  out.ids.push_back(out.text.size() + std::strlen(R"({"event_id":")"));
  out.text.append(event, static_cast<std::size_t>(size));
}

Template make_request(int port, unsigned events) {
  Template body;
  for (unsigned i = 0; i < events; ++i) {
    append_event(body, i + 1);
    if (events > 1) body.text += '\n';
  }
  const std::string type = events > 1 ? "application/x-ndjson" : "application/json";
  std::string head = "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nContent-Type: " + type +
                     "\r\nContent-Length: " + std::to_string(body.text.size()) + "\r\n\r\n";
  for (auto& id : body.ids) id += head.size();
  return {head + body.text, std::move(body.ids)};
}

struct Client {
  int fd = -1;
  std::string request;
  std::size_t sent = 0;
  Clock::time_point started;
};

class Load {
 public:
  Load(int port, unsigned connections, unsigned events) : template_(make_request(port, events)), events_(events) {
    epoll_ = ::epoll_create1(0);
    clients_.resize(connections);
    for (auto& client : clients_) connect(client, port);
  }

  void run(std::chrono::seconds time) {
    for (auto& client : clients_) begin(client);
    Clock::time_point start = Clock::now();
    bool warming = true;
    epoll_event events[256];
    for (;;) {
      const int count = ::epoll_wait(epoll_, events, 256, 100);
      const auto now = Clock::now();
      if (warming && now - start > kWarmUp) {
        warming = false;
        start = now;
        latencies_.clear();
      }
      if (!warming && now - start > time) break;
      for (int i = 0; i < count; ++i) serve(*static_cast<Client*>(events[i].data.ptr), events[i].events, now);
    }
    print(std::chrono::duration<double>(Clock::now() - start).count());
  }

 private:
  void connect(Client& client, int port) {
    client.request = template_.text;
    client.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
    epoll_event event{};
    // A large body waits for room in the socket; edges tell of it without a call per answer.
    event.events = EPOLLIN | (events_ > 20 ? EPOLLOUT | EPOLLET : 0u);
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
  }

  void begin(Client& client) {
    for (const auto place : template_.ids) {
      id_.clear();
      spectrum::append_uuid(id_, uuids_.next(now_));
      std::memcpy(client.request.data() + place, id_.data(), id_.size());
    }
    client.sent = 0;
    client.started = Clock::now();
    send(client);
  }

  void send(Client& client) {
    while (client.sent < client.request.size()) {
      const auto sent = ::send(client.fd, client.request.data() + client.sent, client.request.size() - client.sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EAGAIN) return;
        fail("send");
      }
      client.sent += static_cast<std::size_t>(sent);
    }
  }

  void serve(Client& client, std::uint32_t events, Clock::time_point now) {
    if (client.sent < client.request.size()) send(client);
    if (!(events & EPOLLIN)) return;
    char answer[16 << 10];
    const auto got = ::recv(client.fd, answer, sizeof answer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the server closed a connection");
    if (got < 12 || std::memcmp(answer, "HTTP/1.1 202", 12) != 0) {
      std::fwrite(answer, 1, static_cast<std::size_t>(got), stderr);
      fail("an answer other than 202");
    }
    latencies_.push_back(std::chrono::duration<float, std::milli>(now - client.started).count());
    begin(client);
  }

  void print(double seconds) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [this](double q) {
      return latencies_.empty() ? 0.0f : latencies_[static_cast<std::size_t>(q * static_cast<double>(latencies_.size() - 1))];
    };
    const double rate = static_cast<double>(latencies_.size()) / seconds;
    std::printf("requests_per_s=%.0f events_per_s=%.0f p50_ms=%.2f p99_ms=%.2f p999_ms=%.2f\n", rate, rate * events_,
                quantile(0.5), quantile(0.99), quantile(0.999));
  }

  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "http_load: %s\n", what);
    std::exit(1);
  }

  Template template_;
  unsigned events_;
  int epoll_;
  std::vector<Client> clients_;
  std::vector<float> latencies_;
  spectrum::Uuid7Generator uuids_;
  spectrum::Timestamp now_ = SystemClock().now();
  std::string id_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: http_load PORT CONNECTIONS EVENTS_PER_REQUEST SECONDS\n");
    return 2;
  }
  Load load(std::atoi(argv[1]), static_cast<unsigned>(std::atoi(argv[2])), static_cast<unsigned>(std::atoi(argv[3])));
  load.run(std::chrono::seconds(std::atoi(argv[4])));
  return 0;
}
