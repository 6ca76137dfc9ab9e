#include "lake/lake.h"

#include <set>

#include "base/fault_point.h"
#include "base/log.h"
#include "warehouse/tables.h"

namespace spectrum::lake {
namespace {

constexpr const char* kManifestKey = "manifest.json";

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
                  until};
  CHECK_OK(objects_.put_file(stored.key, file.path));
  return stored;
}

Status Lake::publish(Manifest manifest) {
  CHECK_OK(objects_.sync());
  fault_point("lake.before_manifest");
  CHECK_OK(objects_.put(kManifestKey, to_json(manifest)));
  fault_point("lake.after_manifest");
  manifest_.with([&](Manifest& current) { current = std::move(manifest); });
  return {};
}

Status Lake::sweep() {
  CHECK_OK(read_manifest());
  std::set<std::string> named = {kManifestKey};
  for (const auto& file : manifest().files) named.insert(file.key);
  TRY(const auto objects, objects_.list(""));
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
  return warehouse.restore(lake.contents(), progress);
}

}  // namespace spectrum::lake
