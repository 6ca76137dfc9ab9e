#include "app/load.h"

#include <cstdio>
#include <filesystem>
#include <set>

#include "app/data_directory.h"
#include "app/load_target.h"
#include "app/progress.h"
#include "base/time_text.h"
#include "bulk/readers.h"
#include "bulk/timestamps.h"
#include "ingest/decode.h"

namespace spectrum::app {
namespace {

constexpr std::size_t kRowsPerBatch = 5000;
constexpr std::size_t kBytesPerBatch = 8 << 20;

Result<std::vector<std::pair<std::string, std::string>>> parse_pairs(const std::vector<std::string>& texts, const char* flag) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return invalid(std::string(flag) + " takes field=" + (flag[2] == 'm' ? "column" : "value") + ", not '" + text + "'");
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

Result<bulk::ReadOptions> parse_options(const LoadRequest& request) {
  bulk::ReadOptions options;
  options.format = request.format == "csv"      ? bulk::Format::csv
                   : request.format == "json"   ? bulk::Format::json
                   : request.format == "ndjson" ? bulk::Format::ndjson
                                                : bulk::Format::automatic;
  options.id_from = request.id_from == "position" ? bulk::IdFrom::position
                    : request.id_from == "none"   ? bulk::IdFrom::none
                                                  : bulk::IdFrom::content;
  TRY(options.map, parse_pairs(request.map, "--map"));
  TRY(options.set, parse_pairs(request.set, "--set"));
  if (!request.zone.empty()) {
    TRY(options.zone, TimeZone::find(request.zone));
  }
  for (auto& [field, text] : options.set) {
    if (!bulk::is_timestamp_field(field)) continue;
    auto json = bulk::read_timestamp(text, options.zone);
    if (!json) return invalid("--set " + field + ": " + json.error().message);
    text = std::move(*json);
  }
  return options;
}

/// A row too large to be an event is refused before it is carried around. The beginning tells which one it is.
void limit_size(bulk::Row& row) {
  if (row.event.size() > ingest::kMaxEventBytes) {
    row.code = "too_large";
    row.message = "the event is larger than " + std::to_string(ingest::kMaxEventBytes >> 10) + " KiB";
    row.payload = std::exchange(row.event, {});
  }
  if (row.payload.size() > ingest::kMaxEventBytes) row.payload = row.payload.substr(0, ingest::kMaxEventBytes);
}

/// Tells whether a row would be taken, without taking it.
class RowCheck final : public ingest::DecodeSink {
 public:
  /// The reason against it; empty for a good row.
  std::string check(bulk::Row& row) {
    if (row.is_refused()) return row.message;
    reason_.clear();
    row.event.reserve(row.event.size() + bulk::kEventPadding);
    const auto decoded = decoder_.decode(row.event, ingest::Framing::ndjson, {project_, SystemClock().now(), {}}, *this);
    return decoded ? reason_ : decoded.error().message;
  }

 private:
  void on_event(const model::Event&, bool) override {}
  void on_refused(const ingest::Refusal& refusal, std::string_view) override { reason_ = refusal.message; }

  ingest::EventDecoder decoder_;
  const model::Project project_;
  std::string reason_;
};

/// Only checks: for `--dry-run`.
class NoTarget final : public LoadTarget {
 public:
  Status send(const std::string&, std::vector<bulk::Row> rows) override {
    for (auto& row : rows) {
      const std::string reason = check_.check(row);
      if (reason.empty()) {
        ++counts_.stored;
      } else if (++counts_.quarantined <= kShownBadRows) {
        counts_.first_bad.push_back({row.line, reason});
      }
    }
    return {};
  }
  Result<LoadCounts> finish() override { return counts_; }

 private:
  RowCheck check_;
  LoadCounts counts_;
};

Result<std::unique_ptr<LoadTarget>> open_target(const Config& config, const LoadRequest& request) {
  if (request.dry_run) return std::unique_ptr<LoadTarget>(std::make_unique<NoTarget>());
  if (!request.to.empty()) return open_remote_target(request.to, request.key, request.project);
  if (const auto owner = DataDirectory::find_owner(config.data); owner && !owner->url.empty()) {
    return open_remote_target(owner->url, owner->token, request.project);
  }
  return open_local_target(config, request.project);
}

/// One load: reads the files row by row and sends them in batches.
class FileLoad {
 public:
  FileLoad(const LoadRequest& request, bulk::ReadOptions options, LoadTarget& target)
      : options_(std::move(options)), stops_(request.on_error == "stop"), target_(target) {}

  Status read(const std::string& path) {
    TRY(auto source, bulk::ByteSource::open(path));
    const bulk::ByteSource& bytes = *source;
    const std::string name = path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
    TRY(const auto reader, bulk::open_reader(std::move(source), name, options_, ids_));
    CHECK_OK(reader->check_head());
    std::vector<bulk::Row> rows;
    std::size_t batch_bytes = 0;
    for (;;) {
      bulk::Row row;
      TRY(const bool found, reader->next(row));
      if (!found) break;
      ++rows_;
      limit_size(row);
      if (stops_) {
        if (const auto reason = check_.check(row); !reason.empty()) {
          CHECK_OK(target_.send(name, std::move(rows)));
          return invalid(name + ", line " + std::to_string(row.line) + ": " + reason);
        }
      }
      if (rows.empty()) rows.reserve(kRowsPerBatch);
      batch_bytes += row.event.size() + row.payload.size();
      rows.push_back(std::move(row));
      if (rows.size() < kRowsPerBatch && batch_bytes < kBytesPerBatch) continue;
      batch_bytes = 0;
      CHECK_OK(target_.send(name, std::exchange(rows, {})));
      progress_.show(rows_, bytes.size() == 0 ? -1 : static_cast<double>(bytes.position()) / static_cast<double>(bytes.size()));
    }
    return rows.empty() ? Status() : target_.send(name, std::move(rows));
  }

  std::uint64_t rows() const { return rows_; }
  void end_progress() { progress_.finish(); }

 private:
  const bulk::ReadOptions options_;
  const bool stops_;
  LoadTarget& target_;
  bulk::ContentIds ids_;
  RowCheck check_;
  Progress progress_{"rows"};
  std::uint64_t rows_ = 0;
};

void print_summary(const LoadRequest& request, std::uint64_t rows, const LoadCounts& counts, double seconds) {
  std::printf("%llu rows in %.1f s: %llu %s, %llu duplicates, %llu %s\n", static_cast<unsigned long long>(rows), seconds,
              static_cast<unsigned long long>(counts.stored), request.dry_run ? "good" : "stored",
              static_cast<unsigned long long>(counts.duplicates), static_cast<unsigned long long>(counts.quarantined),
              request.dry_run ? "bad" : "quarantined");
  for (const auto& bad : counts.first_bad) {
    std::printf("  line %llu: %s\n", static_cast<unsigned long long>(bad.line), bad.message.c_str());
  }
  if (counts.quarantined > counts.first_bad.size()) {
    std::printf("  … and %llu more%s\n", static_cast<unsigned long long>(counts.quarantined - counts.first_bad.size()),
                request.dry_run ? "" : "; GET /api/v1/quarantine lists them");
  }
}

/// Ids from positions tell files by their names.
Status check_names(const std::vector<std::string>& files) {
  std::set<std::string> names;
  for (const auto& file : files) {
    if (file == "-") return invalid("--id-from position needs the name of a file, and standard input has none: use content");
    const std::string name = std::filesystem::path(file).filename().string();
    if (!names.insert(name).second) {
      return invalid("--id-from position tells files by their names, and more than one is called " + name + ": rename one, or use content");
    }
  }
  return {};
}

Status run(const Config& config, const LoadRequest& request) {
  const auto started = std::chrono::steady_clock::now();
  TRY(auto options, parse_options(request));
  for (const auto& file : request.files) {
    if (file != "-" && !std::filesystem::exists(file)) return not_found("there is no file " + file);
  }
  if (options.id_from == bulk::IdFrom::position) CHECK_OK(check_names(request.files));
  TRY(const auto target, open_target(config, request));
  FileLoad load(request, std::move(options), *target);
  Status status;
  for (const auto& file : request.files) {
    status = load.read(file);
    if (!status.ok()) break;
  }
  load.end_progress();
  TRY(const auto counts, target->finish());
  print_summary(request, load.rows(), counts, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return status;
}

}  // namespace

int load_files(const Config& config, const LoadRequest& request) {
  const Status status = run(config, request);
  if (status.ok()) return 0;
  std::fprintf(stderr, "spectrum: %s\n", status.error().message.c_str());
  return 1;
}

}  // namespace spectrum::app
