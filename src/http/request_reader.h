#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/memory_budget.h"
#include "http/message.h"
#include "http/parser.h"

namespace spectrum::http {

struct RequestLimits {
  std::size_t head_bytes = 32 << 10;
  std::size_t body_bytes = 20 << 20;
  std::size_t fields = 100;
};

/// Frames HTTP/1.x requests out of the bytes of one connection: receive into `space()`, say how many came with
/// `received()`, take `request()` when `state()` is complete, then `next()`. Strict, as RFC 9112 asks of servers that
/// stand behind proxies: a doubtful framing fails and the connection must be closed. One thread at a time.
class RequestReader {
 public:
  enum class State { head, body, complete, failed };

  /// `budget` must outlive the reader.
  RequestReader(const RequestLimits& limits, MemoryBudget& budget);
  ~RequestReader();

  /// Where to put the next bytes; empty when the request is complete and nothing may be received yet.
  std::span<char> space();
  void received(std::size_t bytes);

  State state() const { return state_; }
  /// Whether anything of a request has come: an idle connection has not begun one.
  bool has_begun() const { return used_ > 0 || state_ != State::head; }
  const Request& request() const { return request_; }
  bool keep_alive() const { return keep_alive_; }
  /// While `state()` is body: the most bytes that it can have.
  std::size_t largest_body() const { return parser_->is_chunked() ? limits_.body_bytes : body_size_; }
  /// True once per request that waits for `100 Continue` before it sends its body.
  bool take_expect_continue() { return std::exchange(expect_continue_, false); }

  /// The status and text to answer with when `state()` is failed.
  int failure_status() const { return failure_status_; }
  std::string_view failure_message() const { return failure_message_; }

  /// Forgets the request and goes on with what came behind it.
  void next();

 private:
  void advance();
  void read_head();
  void begin_body();
  void read_chunks();
  void finish(std::string_view body);
  void fail(int status, std::string_view message);
  bool reserve_body(std::size_t bytes);
  void release_body();
  void grow_input(std::size_t capacity);

  RequestLimits limits_;
  MemoryBudget& budget_;
  State state_ = State::head;

  // The head, then what came behind it: a small body, chunks not yet decoded, or the next request.
  std::unique_ptr<char[]> input_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t searched_ = 0;  // of used_, for the end of the head
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;

  // A large or chunked body; its capacity is taken from the budget.
  std::unique_ptr<char[]> body_;
  std::size_t body_capacity_ = 0;
  std::size_t body_used_ = 0;

  std::unique_ptr<HeadParser> parser_;
  Request request_;
  bool keep_alive_ = false;
  bool expect_continue_ = false;
  int failure_status_ = 0;
  std::string_view failure_message_;
};

}  // namespace spectrum::http
