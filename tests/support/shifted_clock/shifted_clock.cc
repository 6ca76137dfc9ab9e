// A library to preload that moves the wall clock of a program and leaves its monotonic clock alone:
//
//   LD_PRELOAD=libshifted_clock.so SHIFTED_CLOCK_FILE=offset spectrum serve …
//
// The file holds the seconds to add, such as -7200, and may change while the program runs.
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

long offset_seconds() {
  static const char* const path = std::getenv("SHIFTED_CLOCK_FILE");
  if (!path) return 0;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {};
  const auto size = ::read(file, text, sizeof text - 1);
  ::close(file);
  return size > 0 ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset_seconds();
  return static_cast<int>(result);
}
