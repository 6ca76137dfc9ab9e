#include "log/log_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace spectrum::log {

Result<std::unique_ptr<LogReader>> LogReader::open(const Segments& segments, model::Position after) {
  TRY(auto segment, segments.holding_next(after));
  std::unique_ptr<LogReader> reader(new LogReader(segments));
  CHECK_OK(reader->enter(std::move(segment)));
  CHECK_OK(reader->skip_to(after + 1));
  return reader;
}

Status LogReader::enter(std::shared_ptr<const Segment> segment) {
  TRY(file_, open_file(segment->path, O_RDONLY));
  segment_ = std::move(segment);
  offset_ = kHeaderBytes;
  expected_ = segment_->header.first;
  return {};
}

Status LogReader::skip_to(model::Position position) {
  constexpr std::size_t kStep = 1 << 20;
  while (expected_ < position) {
    CHECK_OK(read_records(segment_->end(), kStep));
    if (records_.empty()) return damaged("has no record " + std::to_string(position), 0);
    const auto wanted = std::find_if(records_.begin(), records_.end(),
                                     [&](const auto& record) { return record.position >= position; });
    if (wanted == records_.end()) continue;
    const char* frame = wanted->bytes.data() - kFrameHeaderBytes;
    offset_ -= static_cast<std::uint64_t>(records_.back().bytes.end() - frame);
    expected_ = position;
  }
  return {};
}

Result<std::span<const ports::StoredRecord>> LogReader::next(std::size_t max_bytes) {
  records_.clear();
  for (;;) {
    const bool is_sealed = segment_->is_sealed();
    const std::uint64_t end = segment_->end();
    if (offset_ < end) {
      CHECK_OK(read_records(end, max_bytes));
      return std::span<const ports::StoredRecord>(records_);
    }
    if (!is_sealed) return std::span<const ports::StoredRecord>();
    TRY(auto following, segments_.following(*segment_));
    if (following->header.first != expected_) {
      return damaged("ends before position " + std::to_string(following->header.first), 0);
    }
    CHECK_OK(enter(std::move(following)));
  }
}

Status LogReader::read_records(std::uint64_t end, std::size_t max_bytes) {
  records_.clear();
  if (offset_ >= end) return {};
  const std::uint64_t left = end - offset_;
  CHECK_OK(fetch(std::min<std::uint64_t>(left, std::max(max_bytes, kFrameHeaderBytes))));
  const auto first = peek_frame({buffer_.get(), fetched_});
  if (!first || first->bytes() > left) return damaged("is damaged", 0);
  if (first->bytes() > fetched_) CHECK_OK(fetch(first->bytes()));
  return parse(end);
}

Status LogReader::fetch(std::size_t bytes) {
  if (buffer_bytes_ < bytes) {
    buffer_ = std::make_unique_for_overwrite<char[]>(bytes);
    buffer_bytes_ = bytes;
  }
  for (fetched_ = 0; fetched_ < bytes;) {
    const auto at = static_cast<off_t>(offset_ + fetched_);
    const ssize_t got = ::pread(file_.get(), buffer_.get() + fetched_, bytes - fetched_, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", segment_->path);
    if (got == 0) return damaged("was cut", fetched_);
    fetched_ += static_cast<std::size_t>(got);
  }
  return {};
}

Status LogReader::parse(std::uint64_t end) {
  std::size_t at = 0;
  for (;;) {
    const std::string_view rest(buffer_.get() + at, fetched_ - at);
    const auto frame = peek_frame(rest);
    if (!frame) break;
    if (frame->bytes() > rest.size() && frame->bytes() <= end - offset_ - at) break;
    if (frame->position != expected_ || !is_intact(*frame, rest, segment_->header.salt)) return damaged("is damaged", at);
    records_.push_back({expected_++, rest.substr(kFrameHeaderBytes, frame->payload_bytes())});
    at += frame->bytes();
  }
  offset_ += at;
  return {};
}

Error LogReader::damaged(const std::string& what, std::size_t parsed) const {
  return corrupt("the log segment " + segment_->path + " " + what + " at offset " + std::to_string(offset_ + parsed) +
                 ", position " + std::to_string(expected_));
}

}  // namespace spectrum::log
