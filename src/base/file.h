#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum {

/// An open file descriptor, closed when it goes.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The Error for a failed system call: unavailable for a full disk or too many open files, internal otherwise.
Error system_error(std::string_view what, const std::string& path);

Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0644);
/// Writes all of `bytes` at `offset`, however many calls that takes.
Status write_at(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path);
Result<std::string> read_file(const std::string& path);

/// Makes a file's bytes durable. A failure is final: the kernel forgets which pages failed, so never call it again.
Status sync_file(const std::string& path);
/// Makes the names in a folder durable.
Status sync_directory(const std::string& path);

/// Replaces `path` by a file with `bytes`: temp file, fsync, rename, fsync of the folder. Whole or not at all.
Status write_file_atomically(const std::string& path, std::string_view bytes);

/// How much an ordinary user may still write where the path lies.
Result<std::uint64_t> free_bytes(const std::string& path);

Status make_directories(const std::string& path);

}  // namespace spectrum
