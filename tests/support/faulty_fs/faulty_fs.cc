// A library to preload into a program whose file system shall fail:
//
//   LD_PRELOAD=libfaulty_fs.so SPECTRUM_FAULT="fdatasync:5:EIO:/log/" spectrum serve …
//
// SPECTRUM_FAULT is a list, separated by commas, of CALL:WHEN:ERROR[:PATH[:SWITCH]]:
//   CALL    write (also pwrite, writev, pwritev), pwrite, fsync, fdatasync, ftruncate, rename, unlink, open (files
//           opened for writing only), or sync (fsync and fdatasync)
//   WHEN    `n` fails the n-th matching call only, `n+` that one and all later ones
//   ERROR   EIO, ENOSPC, EDQUOT, EROFS, EMFILE, EINTR, EACCES, ENOMEM, or `short`: a write that takes only half
//   PATH    only files whose path contains this; empty for all
//   SWITCH  only while this file exists: remove it, and the disk works again
// Calls are counted per entry, from 1, over all threads. What fails is not done at all, except by `short`.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kShort = -1;

struct Fault {
  std::string call;
  long from = 1;
  bool for_good = false;
  int error = EIO;
  std::string path;
  std::string only_while;
  std::atomic<long> calls{0};
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

int error_named(std::string_view name) {
  struct Named {
    std::string_view name;
    int error;
  };
  constexpr Named kErrors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS},  {"EMFILE", EMFILE},
                               {"EINTR", EINTR},   {"EACCES", EACCES}, {"ENOMEM", ENOMEM}, {"short", kShort}};
  for (const auto& named : kErrors) {
    if (named.name == name) return named.error;
  }
  std::fputs("faulty_fs: SPECTRUM_FAULT names an unknown error\n", stderr);
  std::abort();
}

std::deque<Fault>& faults() {
  // Never destroyed: the program may still write while it exits.
  static auto* const parsed = [] {
    auto* all = new std::deque<Fault>;
    const char* text = std::getenv("SPECTRUM_FAULT");
    if (text == nullptr || *text == '\0') return all;
    for (const auto& entry : split(text, ',')) {
      auto parts = split(entry, ':');
      parts.resize(5);
      Fault& fault = all->emplace_back();
      fault.call = parts[0];
      fault.for_good = parts[1].ends_with('+');
      fault.from = std::atol(parts[1].c_str());
      fault.error = error_named(parts[2]);
      fault.path = parts[3];
      fault.only_while = parts[4];
    }
    return all;
  }();
  return *parsed;
}

bool is_called(const Fault& fault, std::string_view call) {
  if (fault.call == call) return true;
  if (fault.call == "sync") return call == "fsync" || call == "fdatasync";
  return fault.call == "write" && call == "pwrite";
}

/// The error that this call shall fail with, 0 for none.
int fault_of(std::string_view call, std::string_view path) {
  for (Fault& fault : faults()) {
    if (!is_called(fault, call) || path.find(fault.path) == std::string_view::npos) continue;
    if (!fault.only_while.empty() && ::access(fault.only_while.c_str(), F_OK) != 0) continue;
    const long count = ++fault.calls;
    if (count == fault.from || (fault.for_good && count > fault.from)) return fault.error;
  }
  return 0;
}

std::string path_of(int fd) {
  char path[4096];
  const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

int fault_of(std::string_view call, int fd) { return faults().empty() ? 0 : fault_of(call, path_of(fd)); }

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Calls `whole`, or fails, or calls `half`.
template <typename Whole, typename Half>
ssize_t write_or_fail(int error, Whole whole, Half half) {
  if (error == 0) return whole();
  if (error == kShort) return half();
  errno = error;
  return -1;
}

template <typename Call>
int call_or_fail(int error, Call call) {
  if (error <= 0) return call();
  errno = error;
  return -1;
}

template <typename Opener>
int open_or_fail(const char* path, int flags, Opener opener) {
  const bool writes = (flags & (O_WRONLY | O_RDWR)) != 0;
  return call_or_fail(writes ? fault_of("open", std::string_view(path)) : 0, opener);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  return write_or_fail(
      fault_of("write", fd), [&] { return next(fd, bytes, size); }, [&] { return next(fd, bytes, (size + 1) / 2); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return write_or_fail(
      fault_of("pwrite", fd), [&] { return next(fd, bytes, size, offset); },
      [&] { return next(fd, bytes, (size + 1) / 2, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) { return pwrite(fd, bytes, size, offset); }

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const next = real<ssize_t(int, const iovec*, int)>("writev");
  return write_or_fail(
      fault_of("write", fd), [&] { return next(fd, parts, count); }, [&] { return next(fd, parts, 1); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static auto* const next = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return write_or_fail(
      fault_of("pwrite", fd), [&] { return next(fd, parts, count, offset); }, [&] { return next(fd, parts, 1, offset); });
}

int fsync(int fd) {
  static auto* const next = real<int(int)>("fsync");
  return call_or_fail(fault_of("fsync", fd), [&] { return next(fd); });
}

int fdatasync(int fd) {
  static auto* const next = real<int(int)>("fdatasync");
  return call_or_fail(fault_of("fdatasync", fd), [&] { return next(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const next = real<int(int, off_t)>("ftruncate");
  return call_or_fail(fault_of("ftruncate", fd), [&] { return next(fd, size); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<int(const char*, const char*)>("rename");
  return call_or_fail(fault_of("rename", std::string_view(to)), [&] { return next(from, to); });
}

int unlink(const char* path) noexcept {
  static auto* const next = real<int(const char*)>("unlink");
  return call_or_fail(fault_of("unlink", std::string_view(path)), [&] { return next(path); });
}

int open(const char* path, int flags, ...) {
  static auto* const next = real<int(const char*, int, ...)>("open");
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = va_arg(arguments, unsigned);
  va_end(arguments);
  return open_or_fail(path, flags, [&] { return next(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  static auto* const next = real<int(const char*, int, ...)>("open64");
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = va_arg(arguments, unsigned);
  va_end(arguments);
  return open_or_fail(path, flags, [&] { return next(path, flags, mode); });
}

}  // extern "C"
