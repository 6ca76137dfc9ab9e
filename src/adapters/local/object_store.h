#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "ports/object_store.h"

namespace spectrum::local {

/// Objects as files below a folder.
class LocalObjectStore final : public ports::ObjectStore {
 public:
  /// Creates the folder if it is not there, and clears away what a crash left half written.
  static Result<std::unique_ptr<LocalObjectStore>> open(const std::string& root);

  Status put(const std::string& key, std::string_view bytes) override;
  /// The file has to be on the store's own file system: it is renamed.
  Status put_file(const std::string& key, const std::string& path) override;
  Status sync() override;
  Result<std::string> get(const std::string& key) override;
  std::string location(const std::string& key) const override;
  Result<std::vector<ports::ObjectInfo>> list(const std::string& prefix) override;
  Status remove(const std::string& key) override;

 private:
  explicit LocalObjectStore(std::string root) : root_(std::move(root)) {}
  /// Where an object lies; `invalid` for a key that would leave the folder.
  Result<std::string> path_of(const std::string& key) const;
  Status make_folder_of(const std::string& path);

  const std::string root_;
  std::mutex mutex_;
  std::set<std::string> files_to_sync_;
  std::set<std::string> folders_to_sync_;
};

}  // namespace spectrum::local
