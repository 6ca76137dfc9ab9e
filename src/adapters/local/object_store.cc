#include "adapters/local/object_store.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/file.h"

namespace spectrum::local {
namespace {

namespace fs = std::filesystem;

/// The ending of files that write_file_atomically has not finished.
constexpr std::string_view kUnfinished = ".tmp";

Error failed(const std::string& what, const std::string& path, const std::error_code& code) {
  const bool full = code == std::errc::no_space_on_device || code == std::errc::too_many_files_open;
  return {full ? Errc::unavailable : Errc::internal, "cannot " + what + " " + path + ": " + code.message()};
}

/// Calls `use(path, bytes)` for each file below a folder.
template <typename Use>
Status for_each_file(const std::string& root, Use&& use) {
  std::error_code code;
  for (fs::recursive_directory_iterator entry(root, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry->is_regular_file(code)) use(entry->path().string(), entry->file_size(code));
  }
  return code ? Status(failed("list", root, code)) : Status();
}

}  // namespace

Result<std::unique_ptr<LocalObjectStore>> LocalObjectStore::open(const std::string& root) {
  CHECK_OK(make_directories(root));
  std::vector<std::string> unfinished;
  CHECK_OK(for_each_file(root, [&](std::string path, std::uint64_t) {
    if (path.ends_with(kUnfinished)) unfinished.push_back(std::move(path));
  }));
  std::error_code ignored;  // Such a file is in nobody's way.
  for (const auto& path : unfinished) fs::remove(path, ignored);
  return std::unique_ptr<LocalObjectStore>(new LocalObjectStore(fs::path(root).lexically_normal().string()));
}

std::string LocalObjectStore::location(const std::string& key) const { return root_ + "/" + key; }

Result<std::string> LocalObjectStore::path_of(const std::string& key) const {
  if (key.empty() || key.ends_with(kUnfinished)) return invalid("not an object's key: '" + key + "'");
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const auto part = std::string_view(key).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return invalid("not an object's key: '" + key + "'");
    begin = end + 1;
  }
  return location(key);
}

Status LocalObjectStore::make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  CHECK_OK(make_directories(folder.string()));
  std::lock_guard lock(mutex_);
  for (fs::path at = folder; at.string().size() > root_.size(); at = at.parent_path())
    folders_to_sync_.insert(at.string());
  folders_to_sync_.insert(root_);
  return {};
}

Status LocalObjectStore::put(const std::string& key, std::string_view bytes) {
  TRY(const std::string path, path_of(key));
  CHECK_OK(make_folder_of(path));
  CHECK_OK(write_file_atomically(path, bytes));
  return sync();
}

Status LocalObjectStore::put_file(const std::string& key, const std::string& source) {
  TRY(const std::string path, path_of(key));
  CHECK_OK(make_folder_of(path));
  if (std::rename(source.c_str(), path.c_str()) != 0)
    return system_error("cannot move " + source + " to", path);
  std::lock_guard lock(mutex_);
  files_to_sync_.insert(path);
  return {};
}

Status LocalObjectStore::sync() {
  std::set<std::string> files, folders;
  {
    std::lock_guard lock(mutex_);
    files.swap(files_to_sync_);
    folders.swap(folders_to_sync_);
  }
  for (const auto& file : files) CHECK_OK(sync_file(file));
  for (const auto& folder : folders) CHECK_OK(sync_directory(folder));
  return {};
}

Result<std::string> LocalObjectStore::get(const std::string& key) {
  TRY(const std::string path, path_of(key));
  if (!fs::is_regular_file(path)) return not_found("no object " + key);
  return read_file(path);
}

Result<std::vector<ports::ObjectInfo>> LocalObjectStore::list(const std::string& prefix) {
  std::vector<ports::ObjectInfo> objects;
  CHECK_OK(for_each_file(root_, [&](const std::string& path, std::uint64_t bytes) {
    std::string key = path.substr(root_.size() + 1);
    if (key.starts_with(prefix) && !key.ends_with(kUnfinished)) objects.push_back({std::move(key), bytes});
  }));
  std::ranges::sort(objects, {}, &ports::ObjectInfo::key);
  return objects;
}

Status LocalObjectStore::remove(const std::string& key) {
  TRY(const std::string path, path_of(key));
  {
    std::lock_guard lock(mutex_);
    files_to_sync_.erase(path);
  }
  std::error_code code;
  fs::remove(path, code);
  return code ? Status(failed("remove", path, code)) : Status();
}

}  // namespace spectrum::local
