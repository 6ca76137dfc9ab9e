#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"

namespace spectrum::app {

/// How to reach the process that owns a data directory.
struct Owner {
  int pid = 0;
  std::string url;    ///< empty: it serves no HTTP
  std::string token;  ///< lets whoever can read the directory manage it
};

/// The data directory, owned by this process as long as the object lives.
class DataDirectory {
 public:
  /// Creates it where it is missing. `conflict` says which process has it.
  static Result<std::unique_ptr<DataDirectory>> own(const std::string& path);
  /// The process that owns it now; nothing when none does.
  static std::optional<Owner> find_owner(const std::string& path);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& token() const { return token_; }

  /// Tells other commands where this process listens.
  Status announce(const std::string& url);

 private:
  DataDirectory(std::string path, Fd lock);

  std::string path_;
  Fd lock_;
  std::string token_;
};

}  // namespace spectrum::app
