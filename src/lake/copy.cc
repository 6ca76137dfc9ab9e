#include "lake/copy.h"

#include <filesystem>

#include "base/file.h"
#include "warehouse/tables.h"

namespace spectrum::lake {
namespace {

namespace fs = std::filesystem;

bool is_wanted(const LakeFile& file, const std::string& from, const std::string& until) {
  if (file.table != warehouse::kFacts) return true;
  return file.partition >= from && (until.empty() || file.partition < until);
}

Status copy_file(const std::string& source, const std::string& target) {
  CHECK_OK(make_directories(fs::path(target).parent_path().string()));
  std::error_code code;
  fs::copy_file(source, target, code);
  if (code) return unavailable("cannot copy " + source + " to " + target + ": " + code.message());
  CHECK_OK(sync_file(target));
  return sync_directory(fs::path(target).parent_path().string());
}

}  // namespace

Status copy_lake(const Lake& lake, const std::string& folder, const std::string& from,
                 const std::string& until) {
  CHECK_OK(make_directories(folder));
  std::error_code unreadable;
  if (!fs::is_empty(folder, unreadable)) return conflict(folder + " is not empty");
  Manifest manifest = lake.manifest();
  std::erase_if(manifest.files, [&](const LakeFile& file) { return !is_wanted(file, from, until); });
  for (const auto& file : manifest.files) {
    CHECK_OK(lake.check(file));
    CHECK_OK(copy_file(lake.located(file).path, folder + "/" + file.key));
  }
  return write_file_atomically(folder + "/manifest.json", to_json(manifest));
}

}  // namespace spectrum::lake
