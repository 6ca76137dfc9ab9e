#include "log/segment_format.h"

#include "base/bytes.h"

namespace spectrum::log {
namespace {

constexpr std::string_view kMagic = "SPCTRLOG";
constexpr std::uint32_t kVersion = 1;

}  // namespace

std::string encode(const SegmentHeader& header) {
  std::string block;
  ByteWriter write(block);
  block.append(kMagic);
  write.number(kVersion);
  write.number(header.salt);
  write.number(header.number);
  write.number(header.capacity);
  write.number(header.first);
  write.number(header.previous_end);
  write.number(header.previous_salt);
  write.number(to_micros(header.created_at));
  block.resize(kHeaderBytes - sizeof(std::uint32_t));
  write.number(crc32c(block));
  return block;
}

Result<SegmentHeader> decode_header(std::string_view block, const std::string& path) {
  if (block.size() < kHeaderBytes) return corrupt("the log segment " + path + " is shorter than its header");
  const auto checked = block.substr(0, kHeaderBytes - sizeof(std::uint32_t));
  if (!checked.starts_with(kMagic)) return corrupt(path + " is not a log segment: its first bytes are wrong");
  ByteReader checksum(block.substr(checked.size()));
  if (checksum.number<std::uint32_t>() != crc32c(checked)) return corrupt("the header of " + path + " is damaged");
  ByteReader read(checked.substr(kMagic.size()));
  if (const auto version = read.number<std::uint32_t>(); version != kVersion) {
    return corrupt(path + " has log format " + std::to_string(version) + "; this program reads format " +
                   std::to_string(kVersion));
  }
  SegmentHeader header;
  header.salt = read.number<std::uint32_t>();
  header.number = read.number<std::uint64_t>();
  header.capacity = read.number<std::uint64_t>();
  header.first = read.number<model::Position>();
  header.previous_end = read.number<std::uint64_t>();
  header.previous_salt = read.number<std::uint32_t>();
  header.created_at = from_micros(read.number<std::int64_t>());
  return header;
}

}  // namespace spectrum::log
