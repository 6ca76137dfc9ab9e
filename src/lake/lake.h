#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "base/guarded.h"
#include "lake/manifest.h"
#include "ports/object_store.h"
#include "ports/warehouse.h"

namespace spectrum::lake {

/// The Parquet files of a store and the manifest that names them (docs/schema.md, "Lake"). Reading is
/// thread-safe; one thread at a time changes it.
class Lake {
 public:
  /// Reads the manifest, removes files that it does not name (left by a crash, or replaced) and tells in the program's log
  /// which that it names are not there. `corrupt` when
  /// the manifest is damaged or gone; then nothing is removed. The store must outlive the lake.
  static Result<std::unique_ptr<Lake>> open(ports::ObjectStore& store);

  Manifest manifest() const;
  model::Position position() const { return manifest().position; }

  /// Everything in it, for `Warehouse::restore`.
  ports::Export contents() const;
  /// The files that hold facts.
  std::vector<ports::ParquetFile> fact_files() const;
  ports::ParquetFile located(const LakeFile& file) const;
  /// Whether a file still is what was stored: `corrupt` when it is gone, has another size or other bytes.
  Status check(const LakeFile& file) const;
  /// Whether all named files were there, whole by their size, when the folder was looked through last.
  bool is_complete() const { return is_complete_; }

  /// Moves a local file into the store and returns its entry. Nobody finds it before it is published.
  Result<LakeFile> store(const ports::ParquetFile& file, model::Position after, model::Position until,
                         const std::string& unique_name);
  /// Makes all stored files durable, then replaces the manifest: the only moment at which the lake changes.
  Status publish(Manifest manifest);
  /// Reads the manifest as it is in the store, which an attempt to publish that failed may have reached all
  /// the same, and removes every file that it does not name.
  Status sweep();

 private:
  explicit Lake(ports::ObjectStore& objects) : objects_(objects) {}
  Status read_manifest();
  Status begin();
  void look_for_files(const std::vector<ports::ObjectInfo>& objects);

  ports::ObjectStore& objects_;
  Guarded<Manifest> manifest_;
  std::atomic<bool> is_complete_{true};
};

/// Fills an empty warehouse from the lake, whose files are checked first; one that holds something is left alone.
Status restore(const Lake& lake, ports::Warehouse& warehouse, const ports::Warehouse::Progress& progress);

}  // namespace spectrum::lake
