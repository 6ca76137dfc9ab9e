#include "http/connection.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/clock.h"

namespace spectrum::http {
namespace {

/// Stop reading a refused request after so much, so that the client sees the answer instead of a reset.
constexpr std::chrono::seconds kDrainTime{2};
constexpr std::size_t kBytesPerExtraSecond = 64 << 10;
constexpr std::size_t kKeptOutput = 64 << 10;

void append_number(std::string& out, std::size_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

}  // namespace

Mailbox::Mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void Mailbox::post(Letter letter) {
  bool was_empty;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    was_empty = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (was_empty && owner_.load(std::memory_order_relaxed) != std::this_thread::get_id()) wake();
}

bool Mailbox::is_empty() {
  std::lock_guard lock(mutex_);
  return letters_.empty();
}

void Mailbox::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

void Mailbox::close() {
  std::vector<Letter> unread;
  std::lock_guard lock(mutex_);
  closed_ = true;
  unread.swap(letters_);
}

std::vector<Letter> Mailbox::collect() {
  std::vector<Letter> letters;
  std::lock_guard lock(mutex_);
  letters.swap(letters_);
  letters_.reserve(letters.size());
  return letters;
}

Connection::Connection(Fd socket, const ServerOptions& options, std::shared_ptr<MemoryBudget> budget,
                       std::shared_ptr<Mailbox> mailbox)
    : socket_(std::move(socket)),
      options_(options),
      budget_(std::move(budget)),
      reader_(options.limits, *budget_),
      mailbox_(std::move(mailbox)) {
  expect_by(std::chrono::steady_clock::now(), options_.head_timeout);
}

void Connection::expect_by(SteadyTime now, std::chrono::seconds patience, std::size_t bytes) {
  deadline_ = now + patience + std::chrono::seconds(bytes / kBytesPerExtraSecond);
}

Connection::Next Connection::on_readable(SteadyTime now) {
  if (phase_ == Phase::draining) {
    char discarded[16 << 10];
    const auto got = ::recv(socket_.get(), discarded, sizeof discarded, 0);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) ? Next::close : Next::wait;
  }
  if (phase_ != Phase::reading) return Next::wait;
  const auto space = reader_.space();
  const auto got = ::recv(socket_.get(), space.data(), space.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Next::wait : Next::close;
  if (got == 0) return Next::close;
  reader_.received(static_cast<std::size_t>(got));
  return after_bytes(now);
}

Connection::Next Connection::after_bytes(SteadyTime now) {
  switch (reader_.state()) {
    case RequestReader::State::complete:
      phase_ = Phase::handling;
      return Next::handle;
    case RequestReader::State::failed: return refuse(reader_.failure_status(), reader_.failure_message(), now);
    case RequestReader::State::head:
      if (!head_timed_ && reader_.has_begun()) {
        head_timed_ = true;
        expect_by(now, options_.head_timeout);
      }
      return Next::wait;
    case RequestReader::State::body:
      if (!body_timed_) {
        body_timed_ = true;
        expect_by(now, options_.transfer_timeout, reader_.largest_body());
      }
      if (reader_.take_expect_continue()) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        return flush(now);
      }
      return Next::wait;
  }
  return Next::close;
}

Connection::Next Connection::refuse(int status, std::string_view message, SteadyTime now) {
  refused_ = true;
  Response response = options_.refusal(status, message);
  response.close = true;
  return answer(response, now);
}

void Connection::append_head(const Response& response, bool has_length) {
  output_ += "HTTP/1.1 ";
  append_number(output_, static_cast<std::size_t>(response.status));
  output_ += ' ';
  output_ += reason_phrase(response.status);
  if (!response.body.empty() || !has_length) {
    output_ += "\r\nContent-Type: ";
    output_ += response.content_type;
  }
  for (const auto& [name, value] : response.headers) {
    output_ += "\r\n";
    output_ += name;
    output_ += ": ";
    output_ += value;
  }
  if (has_length && response.status != 204 && response.status != 304) {
    output_ += "\r\nContent-Length: ";
    append_number(output_, response.body.size());
  }
  output_ += closing_ || !has_length ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n";
}

Connection::Next Connection::answer(const Response& response, SteadyTime now) {
  if (phase_ == Phase::handling) closing_ |= !reader_.keep_alive();
  closing_ |= response.close;
  append_head(response, true);
  const bool is_head = reader_.state() == RequestReader::State::complete && request().method == "HEAD";
  if (!is_head && response.status != 204 && response.status != 304) output_ += response.body;
  phase_ = Phase::answering;
  expect_by(now, options_.transfer_timeout, output_.size());
  return flush(now);
}

// Nothing tells where a stream ends but the end of the connection: simpler than chunks, and clients of both versions of
// HTTP understand it.
Connection::Next Connection::begin_stream(const Response& head, SteadyTime now) {
  append_head(head, false);
  phase_ = Phase::streaming;
  unsent_ += output_.size();
  expect_by(now, options_.transfer_timeout);
  return continue_stream(head.body, now);
}

Connection::Next Connection::continue_stream(const std::string& bytes, SteadyTime now) {
  if (!wants_write()) expect_by(now, options_.transfer_timeout);
  output_.erase(0, std::exchange(sent_, 0));
  output_ += bytes;
  return flush(now);
}

Connection::Next Connection::end_stream(SteadyTime now) {
  closing_ = true;
  phase_ = Phase::answering;
  return flush(now);
}

Connection::Next Connection::flush(SteadyTime now) {
  while (wants_write()) {
    const auto sent = ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Next::wait : Next::close;
    }
    sent_ += static_cast<std::size_t>(sent);
    if (phase_ == Phase::streaming) {
      unsent_ -= static_cast<std::size_t>(sent);
      expect_by(now, options_.transfer_timeout);
    }
  }
  sent_ = 0;
  if (output_.capacity() > kKeptOutput) output_ = {};
  output_.clear();
  return phase_ == Phase::answering ? answered(now) : Next::wait;
}

Connection::Next Connection::answered(SteadyTime now) {
  if (closing_) {
    if (!refused_) return Next::close;
    // The rest of a refused request may still be arriving.
    ::shutdown(socket_.get(), SHUT_WR);
    phase_ = Phase::draining;
    expect_by(now, kDrainTime);
    return Next::wait;
  }
  phase_ = Phase::reading;
  head_timed_ = body_timed_ = false;
  expect_by(now, options_.idle_timeout);
  reader_.next();
  return after_bytes(now);
}

Connection::Next Connection::on_writable(SteadyTime now) { return flush(now); }

Connection::Next Connection::on_tick(SteadyTime now) {
  if (closing_ && is_idle()) return Next::close;
  if (phase_ == Phase::streaming) return closing_ || (wants_write() && now >= deadline_) ? Next::close : Next::wait;
  if (phase_ == Phase::handling || now < deadline_) return Next::wait;
  if (phase_ == Phase::reading && reader_.has_begun()) return refuse(408, "the request came too slowly", now);
  return Next::close;
}

}  // namespace spectrum::http
