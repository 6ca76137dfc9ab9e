#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/log.h"
#include "base/this_thread.h"
#include "http/connection.h"

namespace spectrum::http {
namespace {

constexpr int kEventsPerWait = 256;
constexpr int kAcceptsPerWake = 64;
constexpr std::chrono::milliseconds kNoWait{0};
constexpr std::chrono::milliseconds kTick{1000};
constexpr std::chrono::milliseconds kStopTick{20};

struct Counters {
  std::atomic<std::uint64_t> connections{0}, accepted{0}, requests{0}, refused{0};
};

/// One io thread: accepts from the shared listening socket and serves its own connections.
class EventLoop {
 public:
  EventLoop(int listener, const ServerOptions& options, const Handler& handler, std::shared_ptr<MemoryBudget> budget,
            Counters& counters)
      : listener_(listener),
        options_(options),
        handler_(handler),
        budget_(std::move(budget)),
        counters_(counters),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        mailbox_(std::make_shared<Mailbox>()) {
    watch(listener_, EPOLLIN | EPOLLEXCLUSIVE, &listener_);
    watch(mailbox_->event_fd(), EPOLLIN, mailbox_.get());
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop_by(SteadyTime deadline) {
    stop_deadline_ = deadline;
    stopping_ = true;
    mailbox_->wake();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    name_thread("io");
    mailbox_->adopt();
    epoll_event events[kEventsPerWait];
    SteadyTime last_tick = std::chrono::steady_clock::now();
    while (!finished()) {
      const auto tick = !mailbox_->is_empty() ? kNoWait : stopping_ ? kStopTick : kTick;
      const int count = ::epoll_wait(epoll_.get(), events, kEventsPerWait, static_cast<int>(tick.count()));
      now_ = std::chrono::steady_clock::now();
      if (options_.on_burst_begin) options_.on_burst_begin();
      for (int i = 0; i < count; ++i) dispatch(events[i]);
      if (options_.on_burst_end) options_.on_burst_end();
      // Connections whose last event came in this round may still be named in `events`, so they go only now.
      graveyard_.clear();
      deliver_letters();
      if (stopping_ || now_ - last_tick >= kTick) {
        last_tick = now_;
        tick_all();
      }
      graveyard_.clear();
    }
    for (const auto& connection : connections_) connection->abandon();
    mailbox_->close();
    counters_.connections -= connections_.size();
    connections_.clear();
  }

  bool finished() {
    if (!stopping_) return false;
    if (!drained_) {
      drained_ = true;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, nullptr);
      for (const auto& connection : connections_) connection->close_when_done();
    }
    return connections_.empty() || std::chrono::steady_clock::now() >= stop_deadline_.load();
  }

  void dispatch(const epoll_event& event) {
    if (event.data.ptr == &listener_) return accept_some();
    if (event.data.ptr == mailbox_.get()) return drain_event_fd();
    auto* const connection = static_cast<Connection*>(event.data.ptr);
    if (connection->is_closed()) return;
    if (connection->is_handling() || connection->is_streaming()) {
      if (event.events & (EPOLLHUP | EPOLLERR)) return close(*connection);
      const bool has_ended = event.events & EPOLLRDHUP;
      if (has_ended && connection->is_streaming()) return close(*connection);
      if (has_ended) connection->end_of_input();
      // Unless it ended, it sends the next request early; that one waits in the socket.
      if (connection->is_handling()) return watch_for(*connection, has_ended ? 0u : EPOLLRDHUP);
    }
    auto next = Connection::Next::wait;
    if (event.events & EPOLLOUT) next = connection->on_writable(now_);
    if (next == Connection::Next::wait && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
      next = connection->on_readable(now_);
    }
    follow(*connection, next);
  }

  void follow(Connection& connection, Connection::Next next) {
    if (next == Connection::Next::close) return close(connection);
    if (next == Connection::Next::handle) {
      counters_.requests.fetch_add(1, std::memory_order_relaxed);
      handler_(connection.request(), Responder(connection.shared_from_this()));
      return;
    }
    if (connection.is_handling()) return;
    watch_for(connection, (connection.wants_read() ? EPOLLIN : 0u) | (connection.wants_write() ? EPOLLOUT : 0u) |
                              (connection.is_streaming() ? EPOLLRDHUP : 0u));
  }

  void deliver_letters() {
    for (const auto& letter : mailbox_->collect()) {
      Connection& connection = *letter.connection;
      if (!connection.is_closed() && (connection.is_handling() || connection.is_streaming())) {
        follow(connection, deliver(connection, letter));
      }
    }
  }

  Connection::Next deliver(Connection& connection, const Letter& letter) {
    switch (letter.kind) {
      case Letter::Kind::answer: return connection.answer(letter.response, now_);
      case Letter::Kind::stream_begin: return connection.begin_stream(letter.response, now_);
      case Letter::Kind::stream_piece: return connection.continue_stream(letter.response.body, now_);
      case Letter::Kind::stream_end: return connection.end_stream(now_);
    }
    return Connection::Next::close;
  }

  void pause_accepting() {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, nullptr);
    accepting_ = false;
    log_warning("no file descriptor is left for another connection; raise the limit of open files",
                {{"connections", connections_.size()}});
  }

  void tick_all() {
    if (!accepting_ && !stopping_) {
      accepting_ = true;
      watch(listener_, EPOLLIN | EPOLLEXCLUSIVE, &listener_);
    }
    for (std::size_t i = connections_.size(); i-- > 0;) {
      const auto connection = connections_[i];
      follow(*connection, connection->on_tick(now_));
    }
  }

  void accept_some() {
    for (int i = 0; i < kAcceptsPerWake; ++i) {
      Fd socket(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.is_open()) {
        // Out of descriptors, the waiting client would wake this thread again and again: it waits for the next tick.
        if (errno == EMFILE || errno == ENFILE) pause_accepting();
        return;
      }
      if (counters_.connections >= options_.max_connections) {
        ++counters_.refused;
        static constexpr std::string_view kFull =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        [[maybe_unused]] const auto sent = ::send(socket.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL);
        continue;
      }
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto connection = std::make_shared<Connection>(std::move(socket), options_, budget_, mailbox_);
      connection->index = connections_.size();
      connection->watched = EPOLLIN;
      watch(connection->fd(), EPOLLIN, connection.get());
      connections_.push_back(std::move(connection));
      ++counters_.connections;
      ++counters_.accepted;
    }
  }

  void close(Connection& connection) {
    if (connection.was_refused()) ++counters_.refused;
    connection.abandon();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd(), nullptr);
    const std::size_t index = connection.index;
    graveyard_.push_back(std::move(connections_[index]));
    if (index + 1 < connections_.size()) {
      connections_[index] = std::move(connections_.back());
      connections_[index]->index = index;
    }
    connections_.pop_back();
    --counters_.connections;
  }

  void drain_event_fd() {
    std::uint64_t count;
    [[maybe_unused]] const auto got = ::read(mailbox_->event_fd(), &count, sizeof count);
  }

  void watch(int fd, std::uint32_t events, void* tag) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = tag;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void watch_for(Connection& connection, std::uint32_t events) {
    if (connection.watched == events) return;
    connection.watched = events;
    epoll_event event{};
    event.events = events;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), &event);
  }

  int listener_;
  const ServerOptions& options_;
  const Handler& handler_;
  const std::shared_ptr<MemoryBudget> budget_;
  Counters& counters_;
  Fd epoll_;
  std::shared_ptr<Mailbox> mailbox_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> graveyard_;
  SteadyTime now_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopping_{false};
  std::atomic<SteadyTime> stop_deadline_{SteadyTime{}};
  bool drained_ = false;
  bool accepting_ = true;
  std::thread thread_;
};

Result<Fd> listen_on(const std::string& host, int port) {
  const std::string where = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    return invalid("cannot listen on " + where + ": " + ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    if (errno == EADDRINUSE) return conflict("another program listens on " + where + "; choose a port with --listen");
    return invalid("cannot listen on " + where + ": " + std::strerror(errno));
  }
  return socket;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace

Response plain_refusal(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.body = message;
  response.content_type = "text/plain; charset=utf-8";
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

struct Responder::Pending {
  std::shared_ptr<Connection> connection;
  std::atomic<bool> answered{false};

  explicit Pending(std::shared_ptr<Connection> the_connection) : connection(std::move(the_connection)) {}
  void send(Response response) {
    if (answered.exchange(true)) return;
    connection->mailbox()->post({connection, std::move(response)});
  }
  ~Pending() {
    if (answered) return;
    Response response;
    response.status = 500;
    response.body = R"({"error":{"code":"internal_error","message":"the request was dropped without an answer"}})";
    send(std::move(response));
  }
};

Responder::Responder(std::shared_ptr<Connection> connection)
    : pending_(std::make_shared<Pending>(std::move(connection))) {}

void Responder::send(Response response) const { pending_->send(std::move(response)); }

std::optional<Stream> Responder::stream(Response head) const {
  if (pending_->answered.exchange(true)) return std::nullopt;
  const auto& connection = pending_->connection;
  connection->unsent() += head.body.size();
  connection->mailbox()->post({connection, std::move(head), Letter::Kind::stream_begin});
  return Stream(connection);
}

bool Responder::is_abandoned() const { return pending_->connection->is_abandoned(); }
std::stop_token Responder::abandoned() const { return pending_->connection->abandoned(); }

struct Stream::Open {
  std::shared_ptr<Connection> connection;

  explicit Open(std::shared_ptr<Connection> the_connection) : connection(std::move(the_connection)) {}
  void post(std::string bytes, Letter::Kind kind) const {
    Response piece;
    piece.body = std::move(bytes);
    connection->mailbox()->post({connection, std::move(piece), kind});
  }
  ~Open() { post({}, Letter::Kind::stream_end); }
};

Stream::Stream(std::shared_ptr<Connection> connection) : open_(std::make_shared<Open>(std::move(connection))) {}

bool Stream::write(std::string bytes) const {
  if (is_abandoned()) return false;
  auto& unsent = open_->connection->unsent();
  const std::size_t waiting = unsent.fetch_add(bytes.size());
  if (waiting > 0 && waiting + bytes.size() > kMaxWaiting) {
    unsent -= bytes.size();
    return false;
  }
  open_->post(std::move(bytes), Letter::Kind::stream_piece);
  return true;
}

bool Stream::is_abandoned() const { return open_->connection->is_abandoned(); }

struct Server::Impl {
  ServerOptions options;
  Handler handler;
  std::shared_ptr<MemoryBudget> budget;
  Counters counters;
  Fd listener;
  std::vector<std::unique_ptr<EventLoop>> loops;

  Impl(ServerOptions the_options, Handler the_handler, Fd the_listener)
      : options(std::move(the_options)),
        handler(std::move(the_handler)),
        budget(std::make_shared<MemoryBudget>(options.body_budget_bytes)),
        listener(std::move(the_listener)) {}
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  TRY(Fd listener, listen_on(options.host, options.port));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), std::move(listener));
  for (unsigned i = 0; i < std::max(1u, impl->options.threads); ++i) {
    impl->loops.push_back(std::make_unique<EventLoop>(impl->listener.get(), impl->options, impl->handler, impl->budget,
                                                      impl->counters));
  }
  for (const auto& loop : impl->loops) loop->start();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(std::chrono::milliseconds(0)); }

int Server::port() const { return port_of(impl_->listener.get()); }

ServerStats Server::stats() const {
  const auto& counters = impl_->counters;
  return {counters.connections, counters.accepted, counters.requests, counters.refused};
}

void Server::stop(std::chrono::milliseconds patience) {
  ::shutdown(impl_->listener.get(), SHUT_RD);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const auto& loop : impl_->loops) loop->stop_by(deadline);
  for (const auto& loop : impl_->loops) loop->join();
}

}  // namespace spectrum::http
