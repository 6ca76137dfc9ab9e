#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_zone.h"
#include "bulk/byte_source.h"
#include "bulk/content_id.h"
#include "bulk/row.h"

namespace spectrum::bulk {

enum class Format { automatic, csv, json, ndjson };

/// How rows become events.
struct ReadOptions {
  Format format = Format::automatic;
  std::vector<std::pair<std::string, std::string>> map;  ///< field ← column
  std::vector<std::pair<std::string, std::string>> set;  ///< field ← constant text, for a timestamp JSON as of read_timestamp
  std::optional<TimeZone> zone;                          ///< of times that have no offset
  IdFrom id_from = IdFrom::content;
};

/// Opens a reader for the rows of `source`. Where the format is not given, the name `name` and the first bytes tell it.
/// `ids` counts over all files of a load. `invalid` for a mapping that does not fit. `options` and `ids` must outlive the
/// reader.
Result<std::unique_ptr<RowReader>> open_reader(std::unique_ptr<ByteSource> source, const std::string& name, const ReadOptions& options,
                                               ContentIds& ids);

}  // namespace spectrum::bulk
