#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace spectrum {

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Error system_error(std::string_view what, const std::string& path) {
  const int code = errno;
  const bool may_pass = code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE || code == EAGAIN;
  return {may_pass ? Errc::unavailable : (code == ENOENT ? Errc::not_found : Errc::internal),
          std::string(what) + " " + path + ": " + std::strerror(code)};
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return system_error("cannot open", path);
  return Fd(fd);
}

Status write_at(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<std::string> read_file(const std::string& path) {
  TRY(const Fd file, open_file(path, O_RDONLY));
  std::string bytes;
  struct stat status;
  if (::fstat(file.get(), &status) == 0) bytes.reserve(static_cast<std::size_t>(status.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

Status sync_file(const std::string& path) {
  TRY(const Fd file, open_file(path, O_RDONLY));
  if (::fsync(file.get()) != 0) return system_error("cannot sync", path);
  return {};
}

Status sync_directory(const std::string& path) {
  TRY(const Fd directory, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(directory.get()) != 0) return system_error("cannot sync the folder", path);
  return {};
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  {
    TRY(const Fd file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    CHECK_OK(write_at(file, bytes, 0, temporary));
    if (::fsync(file.get()) != 0) return system_error("cannot sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error("cannot rename to", path);
  const auto folder = std::filesystem::path(path).parent_path().string();
  return sync_directory(folder.empty() ? "." : folder);
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs disk;
  if (::statvfs(path.c_str(), &disk) != 0) return system_error("cannot ask for the free space of", path);
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

Status make_directories(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return internal("cannot create the folder " + path + ": " + code.message());
  return {};
}

}  // namespace spectrum
