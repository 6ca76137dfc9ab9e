#include "http/request_reader.h"

#include <algorithm>
#include <cstring>

namespace spectrum::http {
namespace {

constexpr std::size_t kFirstInput = 4 << 10;
constexpr std::size_t kLargestInlineBody = 16 << 10;
constexpr std::size_t kChunkWindow = 16 << 10;
constexpr std::size_t kFirstChunkedBody = 64 << 10;

/// Whether a line from `from` on ends without a carriage return.
bool has_bare_line_end(std::string_view text, std::size_t from) {
  for (auto end = text.find('\n', from); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    if (end == 0 || text[end - 1] != '\r') return true;
  }
  return false;
}

}  // namespace

RequestReader::RequestReader(const RequestLimits& limits, MemoryBudget& budget) : limits_(limits), budget_(budget) {
  grow_input(kFirstInput);
}

RequestReader::~RequestReader() { release_body(); }

void RequestReader::grow_input(std::size_t capacity) {
  if (capacity <= capacity_) return;
  std::unique_ptr<char[]> larger(new char[capacity + kBodyPadding]);
  if (used_ > 0) std::memcpy(larger.get(), input_.get(), used_);
  input_ = std::move(larger);
  capacity_ = capacity;
}

std::span<char> RequestReader::space() {
  switch (state_) {
    case State::complete:
    case State::failed: return {};
    case State::body:
      if (body_ && !parser_->is_chunked()) return {body_.get() + body_used_, body_size_ - body_used_};
      break;
    case State::head:
      if (used_ == capacity_) grow_input(std::min(capacity_ * 2, limits_.head_bytes + kChunkWindow));
      break;
  }
  return {input_.get() + used_, capacity_ - used_};
}

void RequestReader::received(std::size_t bytes) {
  if (state_ == State::body && body_ && !parser_->is_chunked()) {
    body_used_ += bytes;
    if (body_used_ == body_size_) finish({body_.get(), body_size_});
    return;
  }
  used_ += bytes;
  advance();
}

void RequestReader::advance() {
  if (state_ == State::head) read_head();
  if (state_ != State::body) return;
  if (parser_->is_chunked()) {
    read_chunks();
  } else if (!body_ && used_ - head_size_ >= body_size_) {
    finish({input_.get() + head_size_, body_size_});
  }
}

void RequestReader::read_head() {
  // Empty lines before a request line are allowed and skipped (RFC 9112, 2.2).
  std::size_t skip = 0;
  while (searched_ == 0 && used_ - skip >= 2 && std::memcmp(input_.get() + skip, "\r\n", 2) == 0) skip += 2;
  if (skip > 0) {
    std::memmove(input_.get(), input_.get() + skip, used_ - skip);
    used_ -= skip;
  }
  const std::string_view seen(input_.get(), used_);
  const auto end = seen.find("\r\n\r\n", searched_);
  if (has_bare_line_end(seen.substr(0, std::min(end, limits_.head_bytes)), searched_)) return fail(400, "lines of the request's head must end with CR LF");
  if (end == std::string_view::npos) {
    searched_ = used_ < 3 ? 0 : used_ - 3;
    if (used_ >= limits_.head_bytes) fail(431, "the request's head is larger than the server takes");
    return;
  }
  head_size_ = end + 4;
  if (head_size_ > limits_.head_bytes) return fail(431, "the request's head is larger than the server takes");
  parser_ = std::make_unique<HeadParser>();
  if (const auto failure = parser_->parse(seen.substr(0, head_size_), limits_.fields)) {
    return fail(failure->status, failure->message);
  }
  begin_body();
}

void RequestReader::begin_body() {
  keep_alive_ = parser_->keep_alive();
  expect_continue_ = parser_->expects_continue();
  body_size_ = parser_->content_length();
  if (body_size_ > limits_.body_bytes) return fail(413, "the body is larger than the server takes");
  const std::size_t buffered = used_ - head_size_;
  state_ = State::body;
  if (parser_->is_chunked()) {
    if (!reserve_body(kFirstChunkedBody)) return;
    grow_input(std::max(used_, head_size_ + kChunkWindow));
  } else if (body_size_ > kLargestInlineBody) {
    if (!reserve_body(body_size_)) return;
    body_used_ = std::min(buffered, body_size_);
    std::memcpy(body_.get(), input_.get() + head_size_, body_used_);
    std::memmove(input_.get() + head_size_, input_.get() + head_size_ + body_used_, buffered - body_used_);
    used_ -= body_used_;
    if (body_used_ == body_size_) return finish({body_.get(), body_size_});
  } else {
    grow_input(head_size_ + body_size_);
  }
  if (buffered > 0) expect_continue_ = false;
}

void RequestReader::read_chunks() {
  for (;;) {
    const std::string_view raw(input_.get() + head_size_, used_ - head_size_);
    std::string_view data;
    const auto step = parser_->parse_chunked(raw, data);
    if (step.failure) return fail(step.failure->status, step.failure->message);
    if (body_used_ + data.size() > limits_.body_bytes) return fail(413, "the body is larger than the server takes");
    if (body_used_ + data.size() > body_capacity_ &&
        !reserve_body(std::min(limits_.body_bytes, std::max(body_capacity_ * 2, body_used_ + data.size())))) {
      return;
    }
    if (!data.empty()) std::memcpy(body_.get() + body_used_, data.data(), data.size());
    body_used_ += data.size();
    std::memmove(input_.get() + head_size_, raw.data() + step.consumed, raw.size() - step.consumed);
    used_ -= step.consumed;
    if (step.done) return finish({body_.get(), body_used_});
    if (step.consumed == 0) break;
  }
  // A chunk's size line or trailer that does not fit the window is hostile.
  if (used_ == capacity_) fail(400, "a chunk header or trailer is too long");
}

bool RequestReader::reserve_body(std::size_t bytes) {
  if (!budget_.take(bytes)) {
    fail(503, "too many large requests at once; retry in a moment");
    return false;
  }
  std::unique_ptr<char[]> larger(new char[bytes + kBodyPadding]);
  if (body_used_ > 0) std::memcpy(larger.get(), body_.get(), body_used_);
  if (body_) budget_.give_back(body_capacity_);
  body_ = std::move(larger);
  body_capacity_ = bytes;
  return true;
}

void RequestReader::release_body() {
  if (!body_) return;
  budget_.give_back(body_capacity_);
  body_.reset();
  body_capacity_ = 0;
  body_used_ = 0;
}

void RequestReader::finish(std::string_view body) {
  parser_->fill(request_, std::string_view(input_.get(), head_size_));
  request_.body = body;
  state_ = State::complete;
}

void RequestReader::fail(int status, std::string_view message) {
  state_ = State::failed;
  failure_status_ = status;
  failure_message_ = message;
}

void RequestReader::next() {
  // What lies behind the request begins after an inline body, else right after the head.
  const std::size_t end = head_size_ + (body_ ? 0 : body_size_);
  std::memmove(input_.get(), input_.get() + end, used_ - end);
  used_ -= end;
  release_body();
  searched_ = head_size_ = body_size_ = 0;
  state_ = State::head;
  if (used_ > 0) advance();
}

}  // namespace spectrum::http
