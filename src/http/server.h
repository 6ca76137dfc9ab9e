#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/request_reader.h"

namespace spectrum::http {

class Connection;

/// An answer that has begun and has no end of its own. Thread-safe; the last copy to go ends it and closes the connection.
class Stream {
 public:
  /// What may wait for a slow client, unless it is one piece that came when nothing waited.
  static constexpr std::size_t kMaxWaiting = 256 << 10;

  explicit Stream(std::shared_ptr<Connection> connection);

  /// False when too much waits for the client already, or it has hung up: then nothing of it is sent.
  bool write(std::string bytes) const;
  bool is_abandoned() const;

 private:
  struct Open;
  std::shared_ptr<Open> open_;
};

/// Answers one request, from any thread, now or later. Copies answer the same request; the first answer counts, and a
/// request whose last copy goes unanswered is answered with 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Connection> connection);

  void send(Response response) const;
  /// Answers with a head and a stream behind it; `head.body` begins the stream. The request lives as long as the stream.
  /// Nothing when the request has its answer already.
  std::optional<Stream> stream(Response head) const;
  /// True when the client has ended its side of the connection: as a rule it is gone, and long work is not worth it.
  bool is_abandoned() const;
  /// Stops when that happens.
  std::stop_token abandoned() const;

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

/// Called on an io thread for each request: don't block. The request lives until it is answered.
using Handler = std::function<void(const Request&, Responder)>;

/// The message as plain text.
Response plain_refusal(int status, std::string_view message);

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8000;  ///< 0: any free one
  unsigned threads = 1;
  std::size_t max_connections = 10'000;
  std::size_t body_budget_bytes = 256 << 20;  ///< held for large bodies of all connections together
  RequestLimits limits;
  /// Words the answer to what never reaches the handler: what is malformed, too slow or over a limit.
  std::function<Response(int status, std::string_view message)> refusal = plain_refusal;
  /// Called on an io thread around the requests that it found ready at once, so that their work can be gathered.
  std::function<void()> on_burst_begin;
  std::function<void()> on_burst_end;
  std::chrono::seconds head_timeout{10};   ///< for a whole head, from its first byte
  std::chrono::seconds idle_timeout{75};   ///< between requests
  std::chrono::seconds transfer_timeout{30};  ///< for a body or an answer, and a second more for each 64 KiB of it
};

struct ServerStats {
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t accepted = 0;     ///< since the start
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;      ///< malformed, too slow or over a limit; never seen by the handler
};

/// An HTTP/1.1 server on epoll: each io thread owns its connections. Start it when everything behind the handler is
/// ready; the handler must outlive it.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  ~Server();

  int port() const;
  ServerStats stats() const;

  /// Takes no more connections, answers the requests that are being worked on (up to `patience`), closes the rest.
  void stop(std::chrono::milliseconds patience);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::http
