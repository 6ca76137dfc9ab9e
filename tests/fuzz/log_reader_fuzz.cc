// Any bytes as a segment: reading never crashes, and what is read is an intact prefix of the records there.
// Input: one byte that says how to take the rest; then a segment's bytes, with or without its header.
#include <cstdint>
#include <fstream>

#include "log/log_reader.h"
#include "log/recovery.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

constexpr SegmentHeader kHeader{.number = 1, .capacity = 1 << 20, .first = 1, .salt = 0x5EC7};

/// Gives every frame the checksum it should have, so that the fuzzer gets past them.
void repair(std::string& segment) {
  for (std::size_t at = kHeaderBytes;;) {
    const std::string_view rest = std::string_view(segment).substr(at);
    const auto frame = peek_frame(rest);
    if (!frame || frame->bytes() > rest.size()) return;
    const std::string payload(rest.substr(kFrameHeaderBytes, frame->payload_bytes()));
    put_frame(segment.data() + at, kHeader.salt, frame->word, frame->position, payload);
    at += frame->bytes();
  }
}

/// How many intact records lie before `end`.
std::uint64_t count_records(std::string_view segment, std::uint64_t end) {
  std::uint64_t count = 0;
  for (std::uint64_t at = kHeaderBytes; at < end; ++count) {
    const auto frame = peek_frame(segment.substr(at, end - at));
    SPECTRUM_ASSERT(frame && frame->position == kHeader.first + count, "positions count up");
    SPECTRUM_ASSERT(is_intact(*frame, segment.substr(at, end - at), kHeader.salt), "records before the end are intact");
    at += frame->bytes();
  }
  return count;
}

/// Reads the segment up to `end` as a log's only one; the number of records, or why not.
Result<std::uint64_t> read_segment(const std::string& path, std::uint64_t end, model::Position last) {
  Segments segments;
  segments.add(std::make_shared<Segment>(kHeader, path, kHeaderBytes, end));
  segments.advance(end, last);
  TRY(const auto reader, LogReader::open(segments, kHeader.first - 1));
  for (std::uint64_t count = 0;;) {
    TRY(const auto records, reader->next(1000));
    if (records.empty()) return count;
    for (const auto& record : records) SPECTRUM_ASSERT(record.position == ++count, "the reader's positions count up");
  }
}

void check_segment(const std::string& segment) {
  static const TempDir folder;
  const std::string path = folder / "segment.log";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << segment;
  const auto end = find_end(kHeader, segment, path);
  if (end.ok()) {
    const auto count = count_records(segment, end->offset);
    SPECTRUM_ASSERT(end->last == kHeader.first + count - 1, "the end's position is that of the last record");
    const auto read = read_segment(path, end->offset, end->last);
    SPECTRUM_ASSERT(read.ok() && *read == count, "the reader finds what recovery found");
  }
  // A sealed segment whose successor vouches for all of these bytes.
  const auto read = read_segment(path, segment.size(), kHeader.first + segment.size());
  if (read.ok()) count_records(segment, segment.size());
}

}  // namespace
}  // namespace spectrum::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spectrum::log;
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 3 == 0) {
    const auto header = decode_header(rest, "input");
    if (header.ok()) SPECTRUM_ASSERT(encode(*header).substr(0, 60) == rest.substr(0, 60), "a header is what it says");
    return 0;
  }
  std::string segment = encode(kHeader) + rest;
  if (data[0] % 3 == 1) repair(segment);
  check_segment(segment);
  return 0;
}
