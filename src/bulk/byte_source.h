#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace spectrum::bulk {

/// The bytes of a file or of standard input (`-`); gzip and zstd are unpacked, told by their first bytes. One thread.
class ByteSource {
 public:
  static Result<std::unique_ptr<ByteSource>> open(const std::string& path);
  virtual ~ByteSource() = default;

  /// Reads up to `size` bytes into `out`; 0 at the end.
  virtual Result<std::size_t> read(char* out, std::size_t size) = 0;

  /// How far the file has been read, for progress: bytes as they lie on the disk.
  virtual std::uint64_t position() const = 0;
  /// 0 when it is not known.
  virtual std::uint64_t size() const = 0;
};

}  // namespace spectrum::bulk
