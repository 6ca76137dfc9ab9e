#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spectrum {

/// A word that has the same byte eight times, for work on eight bytes at once.
constexpr std::uint64_t each_byte(std::uint64_t byte) { return byte * 0x0101'0101'0101'0101; }

/// Appends numbers (little endian) and length-prefixed text to a byte string.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <typename Number>
  void number(Number value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  /// LEB128: seven bits a byte, low bits first.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Writes the same bytes, but knows beforehand how many there can be, and so need not look for room each time.
class BoundedByteWriter {
 public:
  static constexpr std::size_t kVarintBytes = 10;  ///< that a varint has at most

  BoundedByteWriter(std::string& out, std::size_t at_most) : out_(out) {
    const std::size_t size = out.size();
    out.resize(size + at_most);
    at_ = out.data() + size;
  }
  BoundedByteWriter(const BoundedByteWriter&) = delete;
  ~BoundedByteWriter() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }

  template <typename Number>
  void number(Number value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at_++ = static_cast<char>(value | 0x80);
    *at_++ = static_cast<char>(value);
  }
  void text(std::string_view value) {
    varint(value.size());
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }

 private:
  std::string& out_;
  char* at_;
};

/// Reads what ByteWriter wrote. Past the end it yields zeros and `ok()` turns false for good.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number number() {
    Number value{};
    if (bytes_.size() < sizeof value) {
      fail();
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  /// A view into the bytes given to the constructor.
  std::string_view text() {
    const std::uint64_t size = varint();
    if (size > bytes_.size()) {
      fail();
      return {};
    }
    const auto value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  /// Says that the bytes make no sense: as if they had ended.
  void fail() {
    ok_ = false;
    bytes_ = {};
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace spectrum
