#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"

namespace spectrum::log {

/// What the log asks of the file system in order to write. A test overrides the call that shall fail.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual Status write(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path);
  /// Makes a file's bytes durable. After a failure the log never syncs this file again.
  virtual Status sync(const Fd& file, const std::string& path);
  virtual Status sync_folder(const std::string& path);
  virtual Status rename(const std::string& from, const std::string& to);
  virtual Status remove(const std::string& path);
  virtual Status truncate(const Fd& file, std::uint64_t size, const std::string& path);
  /// What may still be written to the disk under `path`.
  virtual Result<std::uint64_t> free_bytes(const std::string& path);

  static Storage& real();
};

}  // namespace spectrum::log
