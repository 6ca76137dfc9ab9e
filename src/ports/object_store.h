#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace spectrum::ports {

struct ObjectInfo {
  std::string key;
  std::uint64_t bytes = 0;
};

/// Named files: keys are paths with `/`, without `.` and `..` parts. Thread-safe.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Stores bytes under a key, replacing what was there. Durable and visible whole when it returns, or not at all.
  virtual Status put(const std::string& key, std::string_view bytes) = 0;
  /// The same with a local file, which is moved away.
  virtual Status put_file(const std::string& key, const std::string& path) = 0;
  /// Makes several puts durable at once; `put_file` alone need not survive a power loss before this.
  virtual Status sync() = 0;

  virtual Result<std::string> get(const std::string& key) = 0;
  /// What an engine on this machine opens to read the object: a path or a URL.
  virtual std::string location(const std::string& key) const = 0;
  /// Objects whose key begins with `prefix`, by key.
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix) = 0;
  /// Removing what is not there is no error.
  virtual Status remove(const std::string& key) = 0;
};

}  // namespace spectrum::ports
