#include "bulk/readers.h"

#include "bulk/csv_rows.h"
#include "bulk/json_rows.h"

namespace spectrum::bulk {
namespace {

Status skip_byte_order_mark(Buffer& buffer) {
  static constexpr std::string_view kMark = "\xEF\xBB\xBF";
  bool more = true;
  while (more && buffer.text().size() < kMark.size()) {
    TRY(more, buffer.more());
  }
  if (buffer.text().starts_with(kMark)) buffer.consume(kMark.size());
  return {};
}

/// Told by the name, behind `.gz` and `.zst`, or else by how the bytes begin.
Result<Format> guess_format(std::string name, Buffer& buffer) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.resize(name.size() - packed.size());
  }
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return Format::csv;
  if (name.ends_with(".ndjson") || name.ends_with(".jsonl")) return Format::ndjson;
  if (name.ends_with(".json")) return Format::json;
  bool more = true;
  while (more && buffer.text().find('\n') == std::string_view::npos) {
    TRY(more, buffer.more());
  }
  const auto first = buffer.text().find_first_not_of(" \t\r\n");
  const char start = first == std::string_view::npos ? ' ' : buffer.text()[first];
  if (start == '[') return Format::json;
  if (start != '{') return Format::csv;
  // A whole object on the first line is NDJSON; one that goes on below it is JSON.
  const auto line = buffer.text().substr(0, buffer.text().find('\n'));
  return line.find_last_of('}') == line.find_last_not_of(" \t\r") ? Format::ndjson : Format::json;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_reader(std::unique_ptr<ByteSource> source, const std::string& name,
                                               const ReadOptions& options, ContentIds& ids) {
  Buffer buffer(std::move(source));
  CHECK_OK(skip_byte_order_mark(buffer));
  Format format = options.format;
  if (format == Format::automatic) {
    TRY(format, guess_format(name, buffer));
  }
  if (format == Format::ndjson) return open_ndjson_rows(std::move(buffer), name, options, ids);
  if (format == Format::json) return open_json_rows(std::move(buffer), name, options, ids);
  return open_csv_rows(std::move(buffer), name, options, ids);
}

}  // namespace spectrum::bulk
