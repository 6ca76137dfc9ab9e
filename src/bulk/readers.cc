#include "bulk/readers.h"

#include "bulk/csv_rows.h"
#include "bulk/json_rows.h"

namespace spectrum::bulk {
namespace {

/// Told by the name, behind `.gz` and `.zst`: CSV for anything that is not JSON.
Format format_of(std::string name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.resize(name.size() - packed.size());
  }
  if (name.ends_with(".ndjson") || name.ends_with(".jsonl")) return Format::ndjson;
  if (name.ends_with(".json")) return Format::json;
  return Format::csv;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_reader(ByteSource& source, const std::string& name, const ReadOptions& options,
                                               ContentIds& ids) {
  const Format format = options.format == Format::automatic ? format_of(name) : options.format;
  if (format == Format::ndjson) return open_ndjson_rows(source, name, options, ids);
  if (format == Format::json) return open_json_rows(source, name, options, ids);
  return open_csv_rows(source, name, options, ids);
}

}  // namespace spectrum::bulk
