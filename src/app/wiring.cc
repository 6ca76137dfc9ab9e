#include "app/wiring.h"

#include <filesystem>

#include "adapters/duckdb/sandbox.h"
#include "adapters/duckdb/warehouse.h"
#include "adapters/local/object_store.h"
#include "adapters/sqlite/sqlite_database.h"
#include "app/progress.h"
#include "base/file.h"
#include "base/log.h"
#include "catalog/migrations.h"
#include "load/rebuild.h"
#include "log/segment_log.h"
#include "model/record.h"
#include "query/event_counts.h"
#include "query/ledger.h"

namespace spectrum::app {
namespace {

constexpr std::size_t kScanBytes = 8 << 20;
constexpr std::int64_t kRowsPerPage = 1'000;
constexpr std::chrono::milliseconds kBetweenProgress{200};

/// The note of the damage goes last, so that a crash in between repeats all of it.
Status move_aside(const std::string& path, const Clock& clock) {
  const std::string stamp = std::to_string(to_micros(clock.now()) / 1'000'000);
  std::error_code code;
  if (std::filesystem::exists(path, code)) {
    std::filesystem::rename(path, path + ".damaged-" + stamp, code);
    if (code) return internal("cannot move " + path + " aside: " + code.message());
  }
  std::filesystem::remove(path + ".damaged", code);
  if (code) return internal("cannot remove " + path + ".damaged: " + code.message());
  return {};
}

}  // namespace

// --- Catalog ---------------------------------------------------------------------------------------------------------

Catalog::Catalog(std::unique_ptr<ports::Database> the_database, const Clock& clock)
    : database(std::move(the_database)),
      experiments(*database, clock),
      quarantine(*database),
      limited(*database),
      audit(*database, clock),
      saved(*database, clock),
      settings(*database) {}

Result<std::unique_ptr<Catalog>> Catalog::open(const DataDirectory& directory, const Clock& clock) {
  TRY(auto database, adapters::SqliteDatabase::open(directory.file("catalog.db")));
  CHECK_OK(catalog::migrate(*database, clock));
  auto catalog = std::make_unique<Catalog>(std::move(database), clock);
  TRY(catalog->projects, catalog::Projects::open(*catalog->database, clock));
  TRY(catalog->keys, catalog::Keys::open(*catalog->database, clock));
  return catalog;
}

// --- Store -----------------------------------------------------------------------------------------------------------

Status QuarantineSink::keep(std::span<const load::PositionedRejection> rejections, std::span<const load::Replayed> replayed) {
  std::vector<catalog::Quarantine::Entry> entries;
  for (const auto& [position, rejection] : rejections) entries.push_back({position, rejection});
  std::vector<model::Position> items;
  for (const auto& item : replayed) items.push_back(item.item);
  return quarantine_.take_over(entries, items, clock_.now());
}

Result<std::unique_ptr<ports::EventLog>> open_log(const Config& config, const DataDirectory& directory, const Clock& clock) {
  log::SegmentLogOptions options;
  options.keep_bytes = config.log_keep_bytes;
  options.keep_age = config.log_keep_age;
  options.min_free_bytes = config.min_free_bytes;
  options.realtime_commits = config.realtime;
  TRY(auto log, log::SegmentLog::open(directory.file("log"), options, clock));
  return std::unique_ptr<ports::EventLog>(std::move(log));
}

Result<std::unique_ptr<ports::ObjectStore>> open_objects(const DataDirectory& directory) {
  TRY(auto objects, local::LocalObjectStore::open(directory.file("lake")));
  return std::unique_ptr<ports::ObjectStore>(std::move(objects));
}

Result<std::unique_ptr<ports::Warehouse>> open_warehouse(const Config& config, const std::string& path) {
  duckdb::DuckdbOptions options;
  options.memory_limit_bytes = config.memory_bytes;
  options.threads = config.query_threads;
  options.temp_directory = path + ".tmp";
  TRY(auto warehouse, duckdb::DuckdbWarehouse::open(path, options));
  return std::unique_ptr<ports::Warehouse>(std::move(warehouse));
}

Store::Store() = default;

Store::~Store() {
  if (const auto status = close(); !status.ok()) log_error("the log did not close", {{"reason", status.error().message}});
}

Result<std::unique_ptr<Store>> Store::open(const Config& config, const DataDirectory& directory, Catalog& catalog,
                                           const Clock& clock, std::function<void(const Error&)> on_failure,
                                           load::LoaderOptions loader_options) {
  std::unique_ptr<Store> store(new Store());
  TRY(store->log_, open_log(config, directory, clock));
  TRY(store->objects_, open_objects(directory));
  TRY(store->lake_, lake::Lake::open(*store->objects_));

  const std::string warehouse_path = directory.file("warehouse.duckdb");
  auto opened = open_warehouse(config, warehouse_path);
  if (!opened && opened.error().code == Errc::corrupt) {
    log_warning("the warehouse is damaged; it is moved aside and rebuilt", {{"reason", opened.error().message}});
    CHECK_OK(move_aside(warehouse_path, clock));
    opened = open_warehouse(config, warehouse_path);
  }
  TRY(store->warehouse_, std::move(opened));
  TRY(const bool lags, load::lags_behind_log(*store->warehouse_, *store->log_));
  if (lags) {
    log_warning("the warehouse is older than what the log still holds; it is moved aside and rebuilt from the lake");
    CHECK_OK(store->begin_warehouse_anew(config, warehouse_path, clock));
  }

  Status recalled = store->recall_ids(config, clock);
  if (!recalled.ok() && store->warehouse_->stats().is_damaged) {
    log_warning("the warehouse is damaged inside; it is moved aside and rebuilt from lake and log");
    CHECK_OK(store->begin_warehouse_anew(config, warehouse_path, clock));
    recalled = store->recall_ids(config, clock);
  }
  CHECK_OK(recalled);
  CHECK_OK(store->check_catalog(catalog));
  CHECK_OK(store->recall_refused_rows(catalog.quarantine));
  // Half of what the log leaves free, so that what it took while there was room can be loaded.
  store->room_ = [path = directory.path(), kept = config.min_free_bytes / 2](std::uint64_t bytes) -> Status {
    TRY(const std::uint64_t free, free_bytes(path));
    if (free >= kept + bytes) return {};
    return unavailable("the disk is nearly full: " + std::to_string(free) + " bytes are free in " + path);
  };
  store->rejections_ = std::make_unique<QuarantineSink>(catalog.quarantine, clock);
  // What is loaded stays in the engine's memory until it is written to the file.
  loader_options.promote = config.promote;
  auto& checkpoint = loader_options.checkpoint;
  checkpoint.at_most_bytes = std::min(checkpoint.at_most_bytes, config.memory_bytes / 4);
  checkpoint.worth_bytes = std::min(checkpoint.worth_bytes, checkpoint.at_most_bytes);
  loader_options.max_batch_bytes = std::min<std::size_t>(loader_options.max_batch_bytes, config.memory_bytes / 8);
  store->demand_ = std::make_unique<query::Demand>(query::Demand::Options{config.promote, config.promote_on_demand});
  store->loader_ = std::make_unique<load::Loader>(
      load::LoaderPorts{*store->log_, *store->warehouse_, *store->rejections_,
                        [intake = store->intake_.get()] { return intake->deduplicated_since(); },
                        [raw = store.get()](const ports::Warehouse::Progress& progress) {
                          return lake::restore(*raw->lake_, *raw->warehouse_, progress);
                        },
                        std::move(on_failure), store->room_, [raw = store.get()] { return raw->demand_->take_wanted(*raw->warehouse_); }},
      loader_options);
  duckdb::SandboxOptions sandbox;
  sandbox.folder = directory.file("sql");
  sandbox.program = "/proc/self/exe";
  sandbox.memory_bytes = config.sql_memory_bytes;
  sandbox.time = config.sql_time;
  store->sql_ = std::make_unique<duckdb::DuckdbSandbox>(std::move(sandbox));
  lake::ExporterOptions exporter_options;
  exporter_options.staging_folder = directory.file("lake-staging");
  exporter_options.every = config.lake_interval;
  exporter_options.merge_at_most_bytes = config.memory_bytes / 4;
  store->exporter_ = std::make_unique<lake::Exporter>(
      lake::ExporterPorts{*store->warehouse_, *store->log_, *store->lake_, clock, store->room_}, exporter_options);
  return store;
}

Status Store::check_catalog(Catalog& catalog) {
  model::ProjectId known = 0;
  for (const auto& project : catalog.projects->list()) known = std::max(known, project->number);
  TRY(const model::ProjectId used, query::highest_project(*warehouse_));
  if (used > known) {
    return corrupt("there are events of project number " + std::to_string(used) + ", which catalog.db does not know: a new project "
                   "would get them. Put catalog.db back from a backup");
  }
  // The catalog of a backup may be newer than its log, which gives these positions out again.
  TRY(const std::size_t forgotten, catalog.quarantine.forget_behind(log_->stats().last));
  if (forgotten > 0) log_warning("the quarantine had events that the log has not got; they are taken out", {{"events", forgotten}});
  return {};
}

Status Store::begin_warehouse_anew(const Config& config, const std::string& path, const Clock& clock) {
  warehouse_.reset();
  CHECK_OK(move_aside(path, clock));
  TRY(warehouse_, open_warehouse(config, path));
  return {};
}

Status Store::recall_ids(const Config& config, const Clock& clock) {
  intake_ = std::make_unique<ingest::Intake>(*log_, clock, ingest::IntakeOptions{config.dedupe_window, config.rate_limit});
  const Timestamp since = intake_->deduplicated_since();
  ingest::Intake::Recall recall(*intake_);
  const auto add = [&recall](model::ProjectId project, std::string_view id, Timestamp received_at) {
    recall.add(project, id, received_at);
  };
  TRY(const model::Position cursor, warehouse_->cursor());
  if (cursor > 0) {
    TRY(const auto counts, query::count_events(*warehouse_, since));
    for (const auto& [project, events] : counts) recall.expect(project, events);
    CHECK_OK(warehouse_->for_each_event_id(since, add));
    return recall_log_behind(cursor, recall);
  }
  if (const auto read = warehouse_->for_each_event_id_in(lake_->fact_files(), since, add); !read.ok()) {
    return Error{read.error().code, "the warehouse is to be built from the lake, which cannot be read: " + read.error().message +
                                        "; put the file back from a backup"};
  }
  return recall_log_behind(lake_->position(), recall);
}

Status Store::recall_refused_rows(catalog::Quarantine& quarantine) {
  ingest::Intake::Recall recall(*intake_);
  for (model::Position after = 0;;) {
    TRY(const auto rows, quarantine.list_refused_rows(intake_->deduplicated_since(), after, kRowsPerPage));
    if (rows.empty()) return {};
    for (const auto& row : rows) {
      recall.add_refused(row.project_number, row.file.value_or(""), static_cast<std::uint64_t>(row.line.value_or(0)), row.payload, row.received_at);
    }
    after = rows.back().id;
  }
}

Status Store::recall_log_behind(model::Position position, ingest::Intake::Recall& recall) {
  TRY(const auto reader, log_->read_after(position));
  for (;;) {
    TRY(const auto records, reader->next(kScanBytes));
    if (records.empty()) return {};
    for (const auto& stored : records) {
      if (const auto event = model::event_head(stored.bytes)) {
        recall.add(event->project_id, event->event_id, event->received_at);
      } else if (const auto record = model::decode_record(stored.bytes)) {
        const auto* const row = std::get_if<model::Rejection>(&*record);
        if (row && !row->file.empty()) recall.add_refused(row->project_id, row->file, row->line, row->payload, row->received_at);
      }
    }
  }
}

void Store::start(bool exports) {
  loader_->start();
  if (exports) exporter_->start();
}

Status Store::finish_loading() {
  Progress progress("events counted in the warehouse");
  const model::Position last = log_->stats().last;
  while (!loader_->wait_until(last, kBetweenProgress)) {
    const auto status = loader_->status();
    if (status.state == load::LoaderState::failed) return internal("the warehouse failed: " + status.message);
    progress.show(status.position, static_cast<double>(status.position) / static_cast<double>(last));
  }
  return {};
}

Status Store::checkpoint_warehouse() {
  if (!room_(warehouse_->stats().pending_bytes).ok()) return {};
  const Status done = warehouse_->checkpoint();
  return done.ok() || done.error().code == Errc::conflict ? Status() : done;
}

Status Store::close(bool in_a_hurry) {
  if (closed_) return {};
  closed_ = true;
  if (exporter_) exporter_->stop();
  if (loader_) {
    const bool failed = loader_->status().state == load::LoaderState::failed;
    loader_->stop();
    if (!failed && !in_a_hurry) CHECK_OK(checkpoint_warehouse());
  }
  return log_ ? log_->close() : Status();
}

}  // namespace spectrum::app
