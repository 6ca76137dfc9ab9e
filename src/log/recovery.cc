#include "log/recovery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace spectrum::log {
namespace {

struct SegmentFile {
  SegmentHeader header;
  std::string path;
  std::uint64_t bytes = 0;
};

Result<SegmentFile> open_segment(const SegmentFolder& folder, std::uint64_t number) {
  SegmentFile segment;
  segment.path = folder.segment_path(number);
  TRY(const Fd file, open_file(segment.path, O_RDONLY));
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return system_error("cannot ask for the size of", segment.path);
  segment.bytes = static_cast<std::uint64_t>(status.st_size);
  std::string block(std::min<std::uint64_t>(segment.bytes, kHeaderBytes), '\0');
  if (::pread(file.get(), block.data(), block.size(), 0) != static_cast<ssize_t>(block.size())) {
    return system_error("cannot read", segment.path);
  }
  TRY(segment.header, decode_header(block, segment.path));
  if (segment.header.number != number) {
    return corrupt(segment.path + " holds log segment " + std::to_string(segment.header.number));
  }
  return segment;
}

/// Whether `next` was made as the successor of `segment`, and nothing that it vouches for is missing there.
Status check_link(const SegmentFile& segment, const SegmentFile& next) {
  const bool is_successor = next.header.number == segment.header.number + 1 &&
                            next.header.previous_salt == segment.header.salt &&
                            next.header.first >= segment.header.first;
  if (!is_successor) return corrupt("the log segment before " + next.path + " is missing; " + segment.path + " is another");
  if (next.header.previous_end < kHeaderBytes || next.header.previous_end > segment.bytes) {
    return corrupt("the log segment " + segment.path + " was cut at offset " + std::to_string(segment.bytes) +
                   "; its records end at " + std::to_string(next.header.previous_end));
  }
  return {};
}

Result<std::vector<SegmentFile>> open_chain(SegmentFolder& folder) {
  TRY(const auto numbers, folder.scan());
  std::vector<SegmentFile> chain;
  for (const auto number : numbers) {
    TRY(auto segment, open_segment(folder, number));
    if (!chain.empty()) CHECK_OK(check_link(chain.back(), segment));
    chain.push_back(std::move(segment));
  }
  return chain;
}

/// What intact frames say about the bytes behind a record that is not intact.
struct Remains {
  bool later_commit = false;
  std::uint64_t end = 0;  ///< of the last intact frame, 0 if there is none
};

Remains search_remains(const SegmentHeader& header, std::string_view segment, std::uint64_t from, model::Position expected) {
  const std::uint64_t most_records = (segment.size() - from) / kFrameHeaderBytes;
  Remains remains;
  for (std::uint64_t at = from; at + kFrameHeaderBytes <= segment.size(); ++at) {
    model::Position position;
    std::memcpy(&position, segment.data() + at + offsetof(Frame, position), sizeof position);
    // Most bytes are ruled out here: each record needs a header's room at least.
    if (position - expected > most_records) continue;
    const auto frame = peek_frame(segment.substr(at));
    if (!is_intact(*frame, segment.substr(at), header.salt)) continue;
    remains.later_commit |= frame->starts_commit();
    remains.end = at + frame->bytes();
  }
  return remains;
}

}  // namespace

Result<LogEnd> find_end(const SegmentHeader& header, std::string_view segment, const std::string& path) {
  LogEnd end{kHeaderBytes, header.first - 1, 0};
  std::uint64_t at = kHeaderBytes;
  model::Position expected = header.first;
  for (;; ++expected) {
    const auto frame = peek_frame(segment.substr(at));
    if (!frame || frame->position != expected || !is_intact(*frame, segment.substr(at), header.salt)) break;
    at += frame->bytes();
    if (frame->ends_batch()) end = {at, expected, 0};
  }
  const Remains remains = search_remains(header, segment, at, expected);
  if (remains.later_commit) {
    return corrupt("the log segment " + path + " is damaged at offset " + std::to_string(at) + ", position " +
                   std::to_string(expected) + ": intact later commits follow");
  }
  const auto next = peek_frame(segment.substr(at));
  const bool was_begun = next && next->position == expected;
  const std::uint64_t begun_end = was_begun ? std::min<std::uint64_t>(at + next->bytes(), segment.size()) : at;
  end.doubtful_bytes = std::max(begun_end, remains.end) - std::min(end.offset, std::max(begun_end, remains.end));
  return end;
}

Result<Recovered> recover(SegmentFolder& folder) {
  TRY(const auto chain, open_chain(folder));
  Recovered recovered;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    std::uint64_t end = i + 1 < chain.size() ? chain[i + 1].header.previous_end : kHeaderBytes;
    recovered.segments.push_back(std::make_shared<Segment>(chain[i].header, chain[i].path, end, chain[i].bytes));
  }
  if (chain.empty()) return recovered;
  TRY(const auto bytes, read_file(chain.back().path));
  TRY(recovered.end, find_end(chain.back().header, bytes, chain.back().path));
  return recovered;
}

}  // namespace spectrum::log
