#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/result.h"
#include "model/position.h"

/// The bytes of a segment file; docs/log-format.md explains them.
namespace spectrum::log {

static_assert(std::endian::native == std::endian::little, "the log's numbers are little endian");

inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::size_t kFrameHeaderBytes = 16;
inline constexpr std::uint32_t kMaxRecordBytes = 32u << 20;

/// What the first block of a segment says. It is durable before the segment gets its name.
struct SegmentHeader {
  std::uint64_t number = 1;         ///< one more than the segment before
  std::uint64_t capacity = 0;       ///< records go up to here
  model::Position first = 1;        ///< of the first record
  std::uint32_t salt = 0;           ///< random; under the checksum of every record, so that no other file's records fit
  std::uint32_t previous_salt = 0;  ///< names the segment before, with previous_end
  std::uint64_t previous_end = 0;   ///< where the segment before ends, whatever bytes follow there
  Timestamp created_at{};

  bool operator==(const SegmentHeader&) const = default;
};

/// The header as one block of kHeaderBytes.
std::string encode(const SegmentHeader& header);

/// `corrupt`, naming `path`, when the block is no header.
Result<SegmentHeader> decode_header(std::string_view block, const std::string& path);

/// A record's length word: its size, and these marks.
inline constexpr std::uint32_t kCommitStart = 1u << 31;  ///< everything before this record was durable when it was written
inline constexpr std::uint32_t kBatchEnd = 1u << 30;     ///< the last record of an append
inline constexpr std::uint32_t kSizeMask = (1u << 26) - 1;

/// One record in a segment: u32 length word | u32 CRC-32C of position and payload | u64 position | payload.
struct Frame {
  std::uint32_t word = 0;
  std::uint32_t checksum = 0;
  model::Position position = 0;

  std::size_t payload_bytes() const { return word & kSizeMask; }
  std::size_t bytes() const { return kFrameHeaderBytes + payload_bytes(); }
  bool starts_commit() const { return (word & kCommitStart) != 0; }
  bool ends_batch() const { return (word & kBatchEnd) != 0; }
};
static_assert(sizeof(Frame) == kFrameHeaderBytes);

/// The checksum of a frame whose position and payload are `body`.
inline std::uint32_t frame_checksum(std::uint32_t salt, std::uint32_t word, std::string_view body) {
  return crc32c(body, salt ^ word);
}

/// Writes a frame at `to`, which has room for it, and returns where it ends.
inline char* put_frame(char* to, std::uint32_t salt, std::uint32_t word, model::Position position,
                       std::string_view payload) {
  constexpr std::size_t kBody = sizeof(std::uint64_t);
  char* body = to + kBody;
  std::memcpy(body, &position, sizeof position);
  std::memcpy(to + kFrameHeaderBytes, payload.data(), payload.size());
  const std::uint32_t checksum = frame_checksum(salt, word, {body, kBody + payload.size()});
  std::memcpy(to, &word, sizeof word);
  std::memcpy(to + sizeof word, &checksum, sizeof checksum);
  return to + kFrameHeaderBytes + payload.size();
}

/// The frame header at the start of `bytes`, unchecked; nothing when it is cut off.
inline std::optional<Frame> peek_frame(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  Frame frame;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  return frame;
}

/// Whether the frame, whose header was peeked from the start of `bytes`, lies in them whole and undamaged.
inline bool is_intact(const Frame& frame, std::string_view bytes, std::uint32_t salt) {
  constexpr std::size_t kBody = sizeof(std::uint64_t);
  return frame.bytes() <= bytes.size() &&
         frame.checksum == frame_checksum(salt, frame.word, bytes.substr(kBody, frame.bytes() - kBody));
}

}  // namespace spectrum::log
