#pragma once

#include <functional>
#include <memory>

#include "app/config.h"
#include "app/data_directory.h"
#include "base/clock.h"
#include "catalog/audit.h"
#include "catalog/experiments.h"
#include "catalog/keys.h"
#include "catalog/limited.h"
#include "catalog/projects.h"
#include "catalog/quarantine.h"
#include "catalog/saved.h"
#include "catalog/settings.h"
#include "ingest/intake.h"
#include "lake/exporter.h"
#include "load/loader.h"
#include "ports/database.h"
#include "ports/event_log.h"
#include "ports/object_store.h"
#include "ports/sql_sandbox.h"
#include "ports/warehouse.h"
#include "query/demand.h"

namespace spectrum::app {

/// The projects, keys and quarantine of a data directory.
struct Catalog {
  static Result<std::unique_ptr<Catalog>> open(const DataDirectory& directory, const Clock& clock);

  explicit Catalog(std::unique_ptr<ports::Database> the_database, const Clock& clock);

  std::unique_ptr<ports::Database> database;
  std::unique_ptr<catalog::Projects> projects;
  std::unique_ptr<catalog::Keys> keys;
  catalog::Experiments experiments;
  catalog::Quarantine quarantine;
  catalog::Limited limited;
  catalog::Audit audit;
  catalog::Saved saved;
  catalog::Settings settings;
};

/// What is found refused on its way through the log goes to the catalog's quarantine. Both must outlive it.
class QuarantineSink final : public load::RejectionSink {
 public:
  QuarantineSink(catalog::Quarantine& quarantine, const Clock& clock) : quarantine_(quarantine), clock_(clock) {}

  Status keep(std::span<const load::PositionedRejection> rejections, std::span<const load::Replayed> replayed) override;

 private:
  catalog::Quarantine& quarantine_;
  const Clock& clock_;
};

/// Everything behind the HTTP server: log, warehouse, lake, and the threads between them. The order of the members is
/// the order of starting; stopping is the reverse.
class Store {
 public:
  /// Opens the parts and makes known which ids are stored. A warehouse that is damaged, or lags what the log still
  /// holds, is moved aside and rebuilt by the loader while the store works. `on_failure`: see load::LoaderPorts.
  static Result<std::unique_ptr<Store>> open(const Config& config, const DataDirectory& directory, Catalog& catalog,
                                             const Clock& clock, std::function<void(const Error&)> on_failure,
                                             load::LoaderOptions loader_options = {});
  ~Store();

  /// Starts loading; and, when `exports` is set, the schedule of the lake.
  void start(bool exports);
  /// Waits until all that the log holds is in the warehouse, and shows how far it is.
  Status finish_loading();
  /// Stops loading and exporting and closes the log; what was accepted is durable. Unless in a hurry it also writes what the
  /// warehouse has only in memory, so that the next start need not load it again. Idempotent.
  Status close(bool in_a_hurry = false);

  ports::EventLog& log() { return *log_; }
  ports::Warehouse& warehouse() { return *warehouse_; }
  ports::ObjectStore& objects() { return *objects_; }
  lake::Lake& lake() { return *lake_; }
  ingest::Intake& intake() { return *intake_; }
  load::Loader& loader() { return *loader_; }
  lake::Exporter& exporter() { return *exporter_; }
  ports::SqlSandbox& sql() { return *sql_; }
  query::Demand& demand() { return *demand_; }

 private:
  Store();
  /// Refuses a catalog that lacks a project of the data, and takes out of it what the log has not got.
  Status check_catalog(Catalog& catalog);
  Status begin_warehouse_anew(const Config& config, const std::string& path, const Clock& clock);
  /// Makes an intake that knows which ids are stored.
  Status recall_ids(const Config& config, const Clock& clock);
  Status recall_refused_rows(catalog::Quarantine& quarantine);
  Status checkpoint_warehouse();
  Status recall_log_behind(model::Position position, ingest::Intake::Recall& recall);

  load::Room room_;
  std::unique_ptr<ports::EventLog> log_;
  std::unique_ptr<ports::ObjectStore> objects_;
  std::unique_ptr<lake::Lake> lake_;
  std::unique_ptr<ports::SqlSandbox> sql_;
  std::unique_ptr<ports::Warehouse> warehouse_;
  std::unique_ptr<ingest::Intake> intake_;
  std::unique_ptr<QuarantineSink> rejections_;
  std::unique_ptr<query::Demand> demand_;
  std::unique_ptr<load::Loader> loader_;
  std::unique_ptr<lake::Exporter> exporter_;
  bool closed_ = false;
};

/// Opens the warehouse of a data directory, or begins one. `corrupt` when its file is damaged.
Result<std::unique_ptr<ports::Warehouse>> open_warehouse(const Config& config, const std::string& path);

/// Opens the lake's files of a data directory.
Result<std::unique_ptr<ports::ObjectStore>> open_objects(const DataDirectory& directory);

/// Opens the event log of a data directory.
Result<std::unique_ptr<ports::EventLog>> open_log(const Config& config, const DataDirectory& directory, const Clock& clock);

}  // namespace spectrum::app
