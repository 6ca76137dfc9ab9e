#include "log/storage.h"

#include <unistd.h>

#include <cstdio>

namespace spectrum::log {

Status Storage::write(const Fd& file, std::string_view bytes, std::uint64_t offset, const std::string& path) {
  return write_at(file, bytes, offset, path);
}

Status Storage::sync(const Fd& file, const std::string& path) {
  if (::fdatasync(file.get()) != 0) return system_error("cannot sync", path);
  return {};
}

Status Storage::sync_folder(const std::string& path) { return sync_directory(path); }

Status Storage::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot rename " + from + " to", to);
  return {};
}

Status Storage::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error("cannot remove", path);
  return {};
}

Status Storage::truncate(const Fd& file, std::uint64_t size, const std::string& path) {
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return system_error("cannot truncate", path);
  return {};
}

Result<std::uint64_t> Storage::free_bytes(const std::string& path) {
  return spectrum::free_bytes(path);
}

Storage& Storage::real() {
  static Storage storage;
  return storage;
}

}  // namespace spectrum::log
