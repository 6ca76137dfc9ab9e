#pragma once

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/duckdb/warehouse.h"
#include "base/guarded.h"
#include "base/json_text.h"

namespace spectrum {

/// Passes everything on, and notes each statement that a question runs, with the types of its parameters, as a line of
/// JSON in the file that SPECTRUM_STATEMENTS names: tests/postgres prepares them all on PostgreSQL.
class RecordedWarehouse final : public ports::Warehouse {
 public:
  RecordedWarehouse(std::unique_ptr<ports::Warehouse> inner, const std::string& path)
      : inner_(std::move(inner)), file_(std::ofstream(path, std::ios::app)) {}

  Result<ports::Rows> query(std::string_view sql, std::span<const ports::Value> parameters, std::stop_token stop) override {
    note(sql, parameters);
    return inner_->query(sql, parameters, std::move(stop));
  }
  Status scan(std::string_view sql, std::span<const ports::Value> parameters, const OnRows& take, std::stop_token stop,
              std::span<const ports::CodedColumn> coded) override {
    note(sql, parameters);
    return inner_->scan(sql, parameters, take, std::move(stop), coded);
  }

  Result<model::Position> cursor() override { return inner_->cursor(); }
  Result<ports::LoadResult> load(const ports::LoadBatch& batch) override { return inner_->load(batch); }
  Status for_each_event_id(Timestamp since, const OnEventId& use) override { return inner_->for_each_event_id(since, use); }
  Result<ports::Export> export_parquet(model::Position after, const std::string& folder) override {
    return inner_->export_parquet(after, folder);
  }
  Result<ports::ParquetFile> merge_parquet(std::span<const ports::ParquetFile> files, const std::string& path) override {
    return inner_->merge_parquet(files, path);
  }
  Status for_each_event_id_in(std::span<const ports::ParquetFile> files, Timestamp since, const OnEventId& use) override {
    return inner_->for_each_event_id_in(files, since, use);
  }
  Status restore(const ports::Export& source, const Progress& progress) override { return inner_->restore(source, progress); }
  void interrupt() override { inner_->interrupt(); }
  Status checkpoint() override { return inner_->checkpoint(); }
  model::Position checkpointed() const override { return inner_->checkpointed(); }
  Status promote(const std::string& property) override { return inner_->promote(property); }
  Result<bool> fill_promoted() override { return inner_->fill_promoted(); }
  std::vector<ports::PromotedProperty> promoted() const override { return inner_->promoted(); }
  ports::WarehouseStats stats() const override { return inner_->stats(); }

 private:
  void note(std::string_view sql, std::span<const ports::Value> parameters) {
    static constexpr const char* kTypes[] = {"text", "boolean", "bigint", "double precision", "text", "timestamp"};
    JsonWriter json;
    json.begin_object().key("sql").string(sql).key("types").begin_array();
    for (const auto& parameter : parameters) json.string(kTypes[parameter.index()]);
    json.end_array().end_object();
    file_.with([&](std::ofstream& file) { file << json.text() << '\n' << std::flush; });
  }

  std::unique_ptr<ports::Warehouse> inner_;
  Guarded<std::ofstream> file_;
};

/// How many of the statements noted in a file contain a text.
inline std::size_t statements_with(const std::string& path, std::string_view text) {
  std::ifstream file(path);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) count += line.find(text) != std::string::npos;
  return count;
}

/// A new warehouse in DuckDB, recorded when SPECTRUM_STATEMENTS names a file.
inline std::unique_ptr<ports::Warehouse> open_recorded_warehouse(const std::string& path, const duckdb::DuckdbOptions& options = {}) {
  std::unique_ptr<ports::Warehouse> warehouse = duckdb::DuckdbWarehouse::open(path, options).value();
  const char* const statements = std::getenv("SPECTRUM_STATEMENTS");
  if (!statements) return warehouse;
  return std::make_unique<RecordedWarehouse>(std::move(warehouse), statements);
}

}  // namespace spectrum
