#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/position.h"

namespace spectrum::lake {

/// A Parquet file of the lake. It is never written again.
struct LakeFile {
  std::string key;
  std::string table;
  std::string partition;  ///< the UTC date of a file of facts (`2026-11-21`), else empty
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unpacked_bytes = 0;  ///< of a file of facts: what its rows take in memory, about
  model::Position after = 0;  ///< of a file of facts: its rows lie behind this position …
  model::Position until = 0;  ///< … and up to this one
  std::optional<std::uint32_t> crc32c;  ///< of its bytes; files of a lake of an earlier version have none

  bool operator==(const LakeFile&) const = default;
};

/// What the lake holds: everything that the log says up to `position`, each fact in exactly one file. Other
/// files that lie around belong to nobody.
struct Manifest {
  model::Position position = 0;
  Timestamp created_at;
  std::vector<LakeFile> files;

  bool operator==(const Manifest&) const = default;
};

/// The text of `manifest.json`: one file a line, so that people and diffs can read it.
std::string to_json(const Manifest& manifest);
/// Reads it again. `corrupt` when it is not one, or of a later version.
Result<Manifest> parse_manifest(std::string_view json);

}  // namespace spectrum::lake
