#include "lake/lake.h"

#include <fstream>
#include <map>
#include <set>

#include "base/crc32c.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "warehouse/tables.h"

namespace spectrum::lake {
namespace {

constexpr const char* kManifestKey = "manifest.json";
constexpr std::size_t kPieceBytes = 1u << 20;

/// What to do about a file of the lake that is damaged.
Error damaged(const LakeFile& file, const std::string& how) {
  return corrupt("lake/" + file.key + " " + how + ": put it back from a backup");
}

/// The checksum of a local file, which may be larger than what should be in memory at once.
Result<std::uint32_t> crc32c_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string piece(kPieceBytes, '\0');
  std::uint32_t checksum = 0;
  do {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    checksum = crc32c(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())), checksum);
  } while (file);
  if (!file.eof()) return internal("cannot read " + path);
  return checksum;
}

}  // namespace

Result<std::unique_ptr<Lake>> Lake::open(ports::ObjectStore& store) {
  std::unique_ptr<Lake> lake(new Lake(store));
  CHECK_OK(lake->sweep());
  return lake;
}

Status Lake::read_manifest() {
  const auto json = objects_.get(kManifestKey);
  if (!json.ok()) return json.error().code == Errc::not_found ? begin() : Status(json.error());
  TRY(auto manifest, parse_manifest(*json));
  manifest_.with([&](Manifest& current) { current = std::move(manifest); });
  return {};
}

/// A lake has a manifest before it has files, so that a lost one is never taken for a lake that names none of them.
Status Lake::begin() {
  TRY(const auto objects, objects_.list(""));
  if (objects.empty()) return objects_.put(kManifestKey, to_json({}));
  return corrupt("the lake has " + std::to_string(objects.size()) + " files but no " + kManifestKey +
                 ", which says what of them counts: put it back from a backup, or move the lake's folder away and it is "
                 "written anew from the warehouse");
}

Manifest Lake::manifest() const {
  return manifest_.with([](const Manifest& current) { return current; });
}

ports::ParquetFile Lake::located(const LakeFile& file) const {
  return {file.table, objects_.location(file.key), file.partition, file.rows, file.bytes,
          file.unpacked_bytes};
}

ports::Export Lake::contents() const {
  const Manifest current = manifest();
  ports::Export all{current.position, {}};
  for (const auto& file : current.files) all.files.push_back(located(file));
  return all;
}

std::vector<ports::ParquetFile> Lake::fact_files() const {
  std::vector<ports::ParquetFile> facts = contents().files;
  std::erase_if(facts, [](const ports::ParquetFile& file) { return file.table != warehouse::kFacts; });
  return facts;
}

Result<LakeFile> Lake::store(const ports::ParquetFile& file, model::Position after, model::Position until,
                             const std::string& unique_name) {
  const std::string folder =
      file.partition.empty() ? file.table : file.table + "/event_date=" + file.partition;
  LakeFile stored{folder + "/" + unique_name + ".parquet",
                  file.table,
                  file.partition,
                  file.rows,
                  file.bytes,
                  file.unpacked_bytes,
                  after,
                  until,
                  {}};
  TRY(stored.crc32c, crc32c_of(file.path));
  CHECK_OK(objects_.put_file(stored.key, file.path));
  return stored;
}

Status Lake::check(const LakeFile& file) const {
  const auto bytes = objects_.get(file.key);
  if (!bytes.ok() && bytes.error().code == Errc::not_found) return damaged(file, "is gone");
  CHECK_OK(bytes);
  if (bytes->size() != file.bytes) {
    return damaged(file, "has " + std::to_string(bytes->size()) + " bytes, not the " + std::to_string(file.bytes) + " that were written");
  }
  if (file.crc32c && crc32c(*bytes) != *file.crc32c) return damaged(file, "has other bytes than were written");
  return {};
}

Status Lake::publish(Manifest manifest) {
  CHECK_OK(objects_.sync());
  fault_point("lake.before_manifest");
  CHECK_OK(objects_.put(kManifestKey, to_json(manifest)));
  fault_point("lake.after_manifest");
  manifest_.with([&](Manifest& current) { current = std::move(manifest); });
  return {};
}

void Lake::look_for_files(const std::vector<ports::ObjectInfo>& objects) {
  std::map<std::string_view, std::uint64_t> sizes;
  for (const auto& object : objects) sizes[object.key] = object.bytes;
  bool is_complete = true;
  for (const auto& file : manifest().files) {
    const auto found = sizes.find(file.key);
    if (found != sizes.end() && found->second == file.bytes) continue;
    is_complete = false;
    log_error("a file of the lake is gone or cut short; put it back from a backup", {{"file", file.key}});
  }
  is_complete_ = is_complete;
}

Status Lake::sweep() {
  CHECK_OK(read_manifest());
  std::set<std::string> named = {kManifestKey};
  for (const auto& file : manifest().files) named.insert(file.key);
  TRY(const auto objects, objects_.list(""));
  look_for_files(objects);
  std::size_t removed = 0;
  for (const auto& object : objects) {
    if (named.contains(object.key)) continue;
    fault_point("lake.before_remove");
    CHECK_OK(objects_.remove(object.key));
    ++removed;
  }
  if (removed > 0) log_info("lake: removed files that nothing names", {{"files", removed}});
  return {};
}

Status restore(const Lake& lake, ports::Warehouse& warehouse, const ports::Warehouse::Progress& progress) {
  TRY(const model::Position cursor, warehouse.cursor());
  if (cursor > 0 || lake.position() == 0) return {};
  log_info("rebuilding the warehouse from the lake", {{"position", lake.position()}});
  for (const auto& file : lake.manifest().files) CHECK_OK(lake.check(file));
  return warehouse.restore(lake.contents(), progress);
}

}  // namespace spectrum::lake
