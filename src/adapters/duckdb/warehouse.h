#pragma once

#include <memory>

#include "ports/warehouse.h"

namespace spectrum::duckdb {

struct DuckdbOptions {
  std::uint64_t memory_limit_bytes = 2ull << 30;
  unsigned threads = 2;
  std::string temp_directory;  ///< for what does not fit into memory; empty: beside the database
};

/// The warehouse in one DuckDB file, in this process.
///
/// The file is a copy of what the lake and the event log say, so it may be thrown away. When storage fails
/// under it (a full disk), every call from then on answers `unavailable`, the database is never closed, for a
/// clean close could make the damage permanent, and the process has to end; the next one finds the file as of
/// the last checkpoint. When bytes turn out to be damaged, that is noted in a file `path.damaged`, and from then
/// on `open` answers `corrupt`, so that it is rebuilt.
class DuckdbWarehouse final : public ports::Warehouse {
 public:
  /// Opens or creates the file and brings its schema up to date. The keys of what it holds are read by a thread;
  /// `for_each_event_id` waits for it, so that damage there is told at the start as well. `corrupt`: the file does not
  /// open or was found damaged; move it aside, remove `path.damaged`, and rebuild. `unavailable`: another process has it, or
  /// the folder cannot be written.
  static Result<std::unique_ptr<DuckdbWarehouse>> open(const std::string& path, const DuckdbOptions& options);
  ~DuckdbWarehouse() override;

  Result<model::Position> cursor() override;
  Result<ports::LoadResult> load(const ports::LoadBatch& batch) override;
  Result<ports::Rows> query(std::string_view sql, std::span<const ports::Value> parameters,
                            std::stop_token stop = {}) override;
  Status scan(std::string_view sql, std::span<const ports::Value> parameters, const OnRows& take,
              std::stop_token stop = {}, std::span<const ports::CodedColumn> coded = {}) override;
  Status for_each_event_id(Timestamp received_since, const OnEventId& use) override;
  Result<ports::Export> export_parquet(model::Position after, const std::string& folder) override;
  Result<ports::ParquetFile> merge_parquet(std::span<const ports::ParquetFile> files,
                                           const std::string& path) override;
  Status for_each_event_id_in(std::span<const ports::ParquetFile> files, Timestamp received_since,
                              const OnEventId& use) override;
  Status restore(const ports::Export& source, const Progress& progress) override;
  void interrupt() override;
  Status checkpoint() override;
  model::Position checkpointed() const override;
  Status promote(const std::string& property) override;
  Result<bool> fill_promoted() override;
  std::vector<ports::PromotedProperty> promoted() const override;
  ports::WarehouseStats stats() const override;

 private:
  struct Impl;
  explicit DuckdbWarehouse(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::duckdb
