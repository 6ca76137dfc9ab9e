#include "app/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <sstream>

#include "base/sha256.h"

namespace spectrum::app {
namespace {

// Its lock says that the directory is owned, its text by whom: pid, token and URL, a line each.
constexpr const char* kLockFile = "/spectrum.lock";

std::optional<Owner> read_owner(const std::string& path) {
  const auto text = read_file(path + kLockFile);
  if (!text) return std::nullopt;
  Owner owner;
  std::istringstream lines(*text);
  lines >> owner.pid >> owner.token >> owner.url;
  return owner;
}

bool try_lock(const Fd& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

}  // namespace

DataDirectory::DataDirectory(std::string path, Fd lock)
    : path_(std::move(path)), lock_(std::move(lock)), token_(random_hex(24)) {}

Result<std::unique_ptr<DataDirectory>> DataDirectory::own(const std::string& path) {
  CHECK_OK(make_directories(path));
  TRY(Fd lock, open_file(path + kLockFile, O_RDWR | O_CREAT, 0600));
  if (!try_lock(lock)) {
    const auto owner = read_owner(path);
    return conflict("process " + std::to_string(owner ? owner->pid : 0) + " owns the data directory " + path +
                    (owner && !owner->url.empty() ? " and listens on " + owner->url : "") +
                    "; stop it first, or choose another directory with --data");
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path, std::move(lock)));
  CHECK_OK(directory->announce(""));
  return directory;
}

std::optional<Owner> DataDirectory::find_owner(const std::string& path) {
  auto lock = open_file(path + kLockFile, O_RDWR);
  if (!lock || try_lock(*lock)) return std::nullopt;
  return read_owner(path);
}

Status DataDirectory::announce(const std::string& url) {
  const std::string text = std::to_string(::getpid()) + "\n" + token_ + "\n" + url + "\n";
  if (::ftruncate(lock_.get(), 0) != 0) return system_error("cannot write", path_ + kLockFile);
  return write_at(lock_, text, 0, path_ + kLockFile);
}

}  // namespace spectrum::app
