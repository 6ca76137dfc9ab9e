#include "app/progress.h"

#include <unistd.h>

#include <cstdio>

namespace spectrum::app {

using std::chrono::steady_clock;

Progress::Progress(std::string what)
    : what_(std::move(what)), is_terminal_(::isatty(STDERR_FILENO) == 1), started_(steady_clock::now()), shown_(started_) {}

Progress::~Progress() { finish(); }

std::string Progress::line(std::uint64_t count, double share) const {
  const double seconds = std::chrono::duration<double>(steady_clock::now() - started_).count();
  char text[160];
  int size = std::snprintf(text, sizeof text, "%llu %s, %.0f/s", static_cast<unsigned long long>(count), what_.c_str(),
                           seconds > 0 ? static_cast<double>(count) / seconds : 0);
  if (share > 0) {
    size += std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), ", %.0f %%, %.0f s left", share * 100,
                          seconds / share - seconds);
  }
  return std::string(text, static_cast<std::size_t>(size));
}

void Progress::show(std::uint64_t count, double share) {
  const auto pause = is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  const auto now = steady_clock::now();
  if (now - shown_ < pause) return;
  shown_ = now;
  open_ = is_terminal_;
  std::fprintf(stderr, is_terminal_ ? "\r\033[K%s" : "%s\n", line(count, share).c_str());
}

void Progress::finish() {
  if (open_) std::fprintf(stderr, "\r\033[K");
  open_ = false;
}

}  // namespace spectrum::app
