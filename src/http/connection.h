#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "http/request_reader.h"
#include "http/server.h"

namespace spectrum::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Something for a client: a whole answer, or a part of a stream, whose bytes are the response's body.
struct Letter {
  enum class Kind { answer, stream_begin, stream_piece, stream_end };

  std::shared_ptr<Connection> connection;
  Response response;
  Kind kind = Kind::answer;
};

/// Answers on their way from any thread to the io thread that owns their connection.
class Mailbox {
 public:
  Mailbox();

  /// Says that the calling thread is the io thread: its own posts need no wake-up.
  void adopt() { owner_ = std::this_thread::get_id(); }

  /// Thread-safe; wakes the io thread when it may be asleep.
  void post(Letter letter);
  void wake();
  bool is_empty();
  /// The io thread has ended: answers that are still on their way, or come later, are nobody's.
  void close();

  /// Takes what has arrived. Only the io thread calls it.
  std::vector<Letter> collect();
  int event_fd() const { return event_.get(); }

 private:
  Fd event_;
  std::atomic<std::thread::id> owner_{};
  std::mutex mutex_;
  std::vector<Letter> letters_;
  bool closed_ = false;
};

/// One client's socket: reads requests, writes answers, one at a time. All but `mailbox`, `abandoned` and `unsent` belongs
/// to the io thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// May outlive `options`, when its answer comes after the server has stopped.
  Connection(Fd socket, const ServerOptions& options, std::shared_ptr<MemoryBudget> budget, std::shared_ptr<Mailbox> mailbox);

  enum class Next { wait, handle, close };

  /// Reads what has come. `handle` when a request is complete.
  Next on_readable(SteadyTime now);
  Next on_writable(SteadyTime now);
  /// Queues and sends an answer; then the next request, if it has come already.
  Next answer(const Response& response, SteadyTime now);
  /// The same for an answer without an end: its head, then pieces, until `end_stream`.
  Next begin_stream(const Response& head, SteadyTime now);
  Next continue_stream(const std::string& bytes, SteadyTime now);
  Next end_stream(SteadyTime now);
  /// Called at least once a second.
  Next on_tick(SteadyTime now);

  const Request& request() const { return reader_.request(); }
  int fd() const { return socket_.get(); }
  bool is_handling() const { return phase_ == Phase::handling; }
  bool is_streaming() const { return phase_ == Phase::streaming; }
  /// What a client sends while its answer waits to be read stays in the socket.
  bool wants_read() const { return phase_ == Phase::reading || phase_ == Phase::draining; }
  bool wants_write() const { return sent_ < output_.size(); }
  /// Finish the answer that is being worked on, then close; idle ones and streams close at once.
  void close_when_done() { closing_ = true; }
  bool is_idle() const { return phase_ == Phase::reading && !reader_.has_begun() && !wants_write(); }
  bool was_refused() const { return refused_; }

  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  /// The client ends its side. It may be gone, or wait for its answer all the same: long work is given up, an answer that
  /// comes is sent.
  void end_of_input() {
    abandoned_.request_stop();
    closing_ = true;
  }
  /// Hangs up; whoever still holds the connection learns it.
  void abandon() {
    abandoned_.request_stop();
    socket_ = {};
  }
  bool is_closed() const { return !socket_.is_open(); }
  bool is_abandoned() const { return abandoned_.stop_requested(); }
  std::stop_token abandoned() const { return abandoned_.get_token(); }
  /// The bytes of a stream that wait to be sent, here or in the mailbox.
  std::atomic<std::size_t>& unsent() { return unsent_; }

  std::size_t index = 0;          ///< its place in the io thread's list
  std::uint32_t watched = 0;      ///< the epoll events it is registered for

 private:
  enum class Phase { reading, handling, answering, streaming, draining };

  Next after_bytes(SteadyTime now);
  Next refuse(int status, std::string_view message, SteadyTime now);
  Next flush(SteadyTime now);
  Next answered(SteadyTime now);
  void append_head(const Response& response, bool has_length);
  void expect_by(SteadyTime now, std::chrono::seconds patience, std::size_t bytes = 0);

  Fd socket_;
  const ServerOptions& options_;
  const std::shared_ptr<MemoryBudget> budget_;
  RequestReader reader_;
  std::shared_ptr<Mailbox> mailbox_;
  Phase phase_ = Phase::reading;
  std::string output_;
  std::size_t sent_ = 0;
  bool closing_ = false;
  bool refused_ = false;
  bool head_timed_ = false;  // its deadline is set, once for a whole head and once for a whole body
  bool body_timed_ = false;
  SteadyTime deadline_;
  std::stop_source abandoned_;
  std::atomic<std::size_t> unsent_{0};
};

}  // namespace spectrum::http
