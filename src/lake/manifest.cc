#include "lake/manifest.h"

#include <simdjson.h>

#include "base/json_text.h"
#include "base/time_text.h"

namespace spectrum::lake {
namespace {

constexpr std::int64_t kFormat = 1;

std::string file_json(const LakeFile& file) {
  JsonWriter json;
  json.begin_object().key("key").string(file.key).key("table").string(file.table);
  if (!file.partition.empty()) json.key("partition").string(file.partition);
  json.key("rows").integer(static_cast<std::int64_t>(file.rows));
  json.key("bytes").integer(static_cast<std::int64_t>(file.bytes));
  if (file.unpacked_bytes > 0) json.key("unpacked_bytes").integer(static_cast<std::int64_t>(file.unpacked_bytes));
  json.key("after").integer(static_cast<std::int64_t>(file.after));
  json.key("until").integer(static_cast<std::int64_t>(file.until));
  if (file.crc32c) json.key("crc32c").integer(*file.crc32c);
  json.end_object();
  return json.take();
}

using Element = simdjson::dom::element;

Result<std::string> text_in(const Element& object, const char* name) {
  std::string_view value;
  if (object[name].get(value)) return corrupt(std::string("no text \"") + name + "\"");
  return std::string(value);
}

Result<std::uint64_t> number_in(const Element& object, const char* name) {
  std::uint64_t value = 0;
  if (object[name].get(value)) return corrupt(std::string("no number \"") + name + "\"");
  return value;
}

Result<LakeFile> read_file_entry(const Element& entry) {
  LakeFile file;
  TRY(file.key, text_in(entry, "key"));
  TRY(file.table, text_in(entry, "table"));
  if (auto partition = text_in(entry, "partition"); partition.ok()) file.partition = *partition;
  TRY(file.rows, number_in(entry, "rows"));
  TRY(file.bytes, number_in(entry, "bytes"));
  if (auto unpacked = number_in(entry, "unpacked_bytes"); unpacked.ok()) file.unpacked_bytes = *unpacked;
  TRY(file.after, number_in(entry, "after"));
  TRY(file.until, number_in(entry, "until"));
  if (auto checksum = number_in(entry, "crc32c"); checksum.ok()) file.crc32c = static_cast<std::uint32_t>(*checksum);
  return file;
}

Result<Manifest> read_manifest(const Element& root) {
  TRY(const std::uint64_t format, number_in(root, "format"));
  if (format != kFormat) return corrupt("format " + std::to_string(format) + " is not known here");
  Manifest manifest;
  TRY(manifest.position, number_in(root, "position"));
  TRY(const std::string created_at, text_in(root, "created_at"));
  const auto instant = parse_rfc3339(created_at);
  if (!instant) return corrupt("\"created_at\" is no instant");
  manifest.created_at = *instant;
  simdjson::dom::array files;
  if (root["files"].get(files)) return corrupt("no list \"files\"");
  for (const Element entry : files) {
    TRY(auto file, read_file_entry(entry));
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  std::string json = "{\"format\":" + std::to_string(kFormat) +
                     ",\"position\":" + std::to_string(manifest.position) + ",\"created_at\":\"" +
                     format_rfc3339(manifest.created_at) + "\",\"files\":[";
  for (std::size_t i = 0; i < manifest.files.size(); ++i)
    json += (i == 0 ? "\n" : ",\n") + file_json(manifest.files[i]);
  return json + "\n]}\n";
}

Result<Manifest> parse_manifest(std::string_view json) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    return corrupt(std::string("manifest.json: ") + simdjson::error_message(error));
  }
  auto manifest = read_manifest(root);
  if (!manifest.ok()) return corrupt("manifest.json: " + manifest.error().message);
  return manifest;
}

}  // namespace spectrum::lake
