#include "adapters/duckdb/warehouse.h"

#include <duckdb.h>
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>

#include "adapters/duckdb/connection_pool.h"
#include "adapters/duckdb/event_ids.h"
#include "adapters/duckdb/memory_limit.h"
#include "adapters/duckdb/parquet.h"
#include "adapters/duckdb/promoted.h"
#include "adapters/duckdb/sql.h"
#include "adapters/duckdb/star_loader.h"
#include "adapters/duckdb/text_codes.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/log.h"
#include "warehouse/migrations.h"
#include "warehouse/sql.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {
namespace {

/// Says that the file at `path` was found damaged.
std::string damage_note(const std::string& path) { return path + ".damaged"; }

Result<Handle<_duckdb_database>> open_database(const std::string& path) {
  std::error_code unreadable;
  if (std::filesystem::exists(damage_note(path), unreadable)) {
    return corrupt(path + " was found damaged before (" + damage_note(path) + ")");
  }
  duckdb_database raw = nullptr;
  if (duckdb_open(nullptr, &raw) != DuckDBSuccess) return internal("DuckDB does not start");
  Handle<_duckdb_database> database(raw);
  TRY(auto connection, Connection::open(database.get()));
  const Status attached = connection.run(warehouse::fill(sql::attach, {{"path", warehouse::quoted(path)}}));
  if (attached.ok()) return database;
  const std::string why = path + ": " + attached.error().message;
  // DuckDB tells these from a damaged file in words only.
  for (const std::string_view elsewhere :
       {"Could not set lock", "Permission denied", "No such file or directory"}) {
    if (why.find(elsewhere) != std::string::npos) return unavailable(why);
  }
  return corrupt(why);
}

constexpr std::size_t kRowGroup = 122'880;
/// What a step of filling a promoted property changes.
constexpr std::uint64_t kPendingOfFilling = kRowGroup * 32;

/// What must not fail for want of memory gets some that questions have not taken; and in all so much that wide rows fit,
/// for DuckDB reads 2,048 of them at once.
constexpr std::uint64_t kHeadroom = 128u << 20;
constexpr std::uint64_t kMemoryForWideRows = 640u << 20;
/// What reads a whole column once gains nothing from blocks that are kept, and pages that nobody used before are dear.
constexpr std::uint64_t kMemoryForOnePass = 128u << 20;

Status limit_memory(Connection& connection, std::uint64_t bytes) {
  return connection.run("SET memory_limit = '" + std::to_string(bytes) + " B'");
}

Status configure(Connection& connection, const std::string& path, const DuckdbOptions& options) {
  const std::string temp = options.temp_directory.empty() ? path + ".tmp" : options.temp_directory;
  return connection.run(
      warehouse::fill(sql::settings, {{"memory_limit_bytes", std::to_string(options.memory_limit_bytes)},
                                      {"kept_bytes", std::to_string(options.memory_limit_bytes / 2)},
                                      {"threads", std::to_string(options.threads)},
                                      {"temp_directory", warehouse::quoted(temp)}}));
}

/// How columns are stored whose best way DuckDB finds by trying all of them, at a third of the load's whole
/// cost (docs/decisions/0010-star-load.md).
constexpr std::string_view kRandomText = "USING COMPRESSION uncompressed";
constexpr std::string_view kLongText = "USING COMPRESSION zstd";

Status migrate(Connection& connection) {
  CHECK_OK(connection.run(std::string(warehouse::sql::versions)));
  TRY(const std::int64_t version, connection.number("SELECT max(version) FROM schema_versions"));
  for (const auto& step : warehouse::migrations()) {
    if (step.version <= version) continue;
    const std::string script =
        warehouse::fill(step.sql, {{"random_text", kRandomText}, {"long_text", kLongText}}) +
        "INSERT INTO schema_versions VALUES (" + std::to_string(step.version) + ")";
    CHECK_OK(connection.transaction([&] { return connection.run(script); }));
  }
  return {};
}

/// When a file is opened, whatever of it cannot be read is damage, unless something else is missing.
template <typename Answer>
Answer readable(Answer answer) {
  if (answer.ok() || answer.error().code == Errc::unavailable || answer.error().code == Errc::limited) {
    return answer;
  }
  return corrupt(answer.error().message);
}

Status not_stopped(const std::stop_token& stop) {
  return stop.stop_requested() ? unavailable("the question was given up") : Status();
}

/// A question that does not fit is no failure of the storage; asked with less it may fit.
template <typename Answer>
Answer within_memory(Answer answer) {
  if (answer.ok() || answer.error().code != Errc::limited) return answer;
  return unavailable(
      "the question needs more memory than there is: ask for a shorter range, fewer values or fewer properties, or give "
      "the server more (`memory`)");
}

/// A chunk as the port shows it.
class ScannedRows final : public ports::ColumnBatch {
 public:
  explicit ScannedRows(const Chunk& chunk) : chunk_(chunk) {}

  std::size_t rows() const override { return chunk_.rows(); }
  bool is_null(std::size_t column, std::size_t row) const override { return chunk_.is_null(column, row); }
  bool has_nulls(std::size_t column) const override { return chunk_.has_nulls(column); }
  std::span<const std::int64_t> integers(std::size_t column) const override {
    return {&chunk_.cell<std::int64_t>(column, 0), chunk_.rows()};
  }
  std::span<const double> numbers(std::size_t column) const override {
    return {&chunk_.cell<double>(column, 0), chunk_.rows()};
  }
  std::string_view text(std::size_t column, std::size_t row) const override { return chunk_.text(column, row); }
  std::span<const std::int32_t> codes(std::size_t column) const override {
    return {&chunk_.cell<std::int32_t>(column, 0), chunk_.rows()};
  }

 private:
  const Chunk& chunk_;
};

/// A statement whose coded columns are numbers.
std::string coded_statement(std::string_view sql, std::span<const ports::CodedColumn> columns,
                            const std::deque<TextCodes::Use>& uses) {
  if (columns.empty()) return std::string(sql);
  std::string replaced;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    replaced += (i == 0 ? "" : ", ") + uses[i].of(columns[i].name) + " AS " + columns[i].name;
  }
  return "SELECT * REPLACE (" + replaced + ") FROM (\n" + std::string(sql) + "\n) scanned";
}

/// What the events take in memory until they are in the file. Whole row groups go into it at once and take none, yet a
/// crash has them loaded again: a quarter of them counts.
std::uint64_t pending_bytes_of(const ports::LoadBatch& batch) {
  constexpr std::uint64_t kOfNumbers = 200;  // an event's columns that are no text
  std::uint64_t bytes = 0;
  for (const auto& [position, event] : batch.events) {
    bytes += kOfNumbers + event.event_id.size() + event.properties.size() + event.context.size();
  }
  return batch.events.size() < kRowGroup ? bytes : bytes / 4;
}

std::uint64_t file_size(const std::string& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

}  // namespace

struct DuckdbWarehouse::Impl {
  Impl(std::string file, const DuckdbOptions& options, Handle<_duckdb_database> opened, Connection first,
       Connection second, Connection third)
      : path(std::move(file)),
        memory_limit_bytes(options.memory_limit_bytes),
        bounds{options.memory_limit_bytes / 4, options.threads},
        database(std::move(opened)),
        writer(std::move(first)),
        gauge(std::move(second)),
        readers(database.get()),
        settings(std::move(third)) {}

  /// Notes whether storage failed under a change; passes the answer on.
  template <typename Answer>
  Answer checked(Answer answer) {
    if (!answer.ok() && answer.error().code == Errc::corrupt) note_damage(answer.error());
    if (answer.ok() || (answer.error().code != Errc::unavailable && answer.error().code != Errc::limited)) {
      return answer;
    }
    // Short of memory in a change, DuckDB does not undo all of it in memory; the file is as it was.
    if (!broken.exchange(true)) log_error("the warehouse's storage failed", {{"reason", answer.error().message}});
    return unavailable(answer.error().message);
  }
  /// The same for what only reads the tables, where damage alone is the storage's failure.
  template <typename Answer>
  Answer checked_read(Answer answer) {
    if (answer.ok() || answer.error().code != Errc::corrupt) return answer;
    note_damage(answer.error());
    return usable().error();
  }
  void note_damage(const Error& error) {
    if (damaged.exchange(true)) return;
    broken = true;
    log_error("the warehouse's file is damaged", {{"reason", error.message}});
    const auto noted = open_file(damage_note(path), O_WRONLY | O_CREAT);
    if (!noted) log_warning("the damage could not be noted", {{"reason", noted.error().message}});
  }
  Status usable() const {
    if (damaged) {
      return unavailable(
          "the warehouse's file is damaged: it is rebuilt when the server starts anew; events are kept");
    }
    if (broken) return unavailable("the warehouse's storage failed: the process has to start anew");
    return {};
  }

  /// Calls `work()`, which changes the tables, with more memory; notes whether storage failed under it.
  template <typename Work>
  auto change(Work&& work) -> decltype(work()) {
    return memory.with_more([&] { return checked(work()); });
  }

  /// Calls `use(Connection&)` with a connection of its own, which `interrupt` reaches.
  template <typename Use>
  auto interruptibly(Use&& use) -> decltype(use(std::declval<Connection&>())) {
    TRY(Connection connection, Connection::open_warehouse(database.get()));
    interruptible.with([&](std::set<Connection*>& running) { running.insert(&connection); });
    auto result = use(connection);
    interruptible.with([&](std::set<Connection*>& running) { running.erase(&connection); });
    return result;
  }

  Status read_promoted() {
    TRY(auto properties, checked_read(duckdb::read_promoted(writer)));
    promoted.with([&](auto& known) { known = std::move(properties); });
    return {};
  }

  /// Reads the keys of the dimensions beside other work.
  void begin_opening_loader() {
    opening = std::async(std::launch::async, [this] { return readable(StarLoader::open(database.get(), incoming)); });
  }
  Status finish_opening_loader() {
    if (!opening.valid()) return {};
    TRY(loader, checked_read(opening.get()));
    return {};
  }

  const std::string path;
  const std::uint64_t memory_limit_bytes;
  const ExportBounds bounds;
  TextCodes codes;        ///< the database calls them …
  IncomingRows incoming;  ///< … and reads these
  Handle<_duckdb_database> database;
  std::atomic<bool> broken = false;
  std::atomic<bool> damaged = false;
  std::atomic<model::Position> cursor = 0;
  std::atomic<model::Position> checkpointed = 0;
  std::atomic<std::uint64_t> pending_bytes = 0;
  Connection writer;
  std::unique_ptr<StarLoader> loader;  ///< opened at the start or by the first load, and again after one failed
  std::future<Result<std::unique_ptr<StarLoader>>> opening;
  Guarded<Connection> gauge;           ///< so that `stats` never waits for questions
  ConnectionPool readers;
  Connection settings;
  MemoryLimit memory{[this](std::uint64_t bytes) { return limit_memory(settings, bytes); }, memory_limit_bytes,
                     std::max(memory_limit_bytes + kHeadroom, kMemoryForWideRows)};
  Guarded<std::vector<ports::PromotedProperty>> promoted;
  Guarded<std::set<Connection*>> interruptible;  ///< what runs on them now may take long
};

Result<std::unique_ptr<DuckdbWarehouse>> DuckdbWarehouse::open(const std::string& path,
                                                               const DuckdbOptions& options) {
  TRY(auto database, open_database(path));
  TRY(auto connection, Connection::open_warehouse(database.get()));
  CHECK_OK(configure(connection, path, options));
  CHECK_OK(readable(migrate(connection)));
  TRY(const std::int64_t cursor, readable(connection.number("SELECT position FROM load_cursor")));
  TRY(auto gauge, Connection::open_warehouse(database.get()));
  TRY(auto settings, Connection::open_warehouse(database.get()));
  auto impl = std::make_unique<Impl>(path, options, std::move(database), std::move(connection), std::move(gauge),
                                     std::move(settings));
  impl->cursor = impl->checkpointed = static_cast<model::Position>(cursor);
  CHECK_OK(impl->writer.run(std::string(sql::functions)));
  CHECK_OK(impl->codes.define(impl->writer));
  CHECK_OK(impl->incoming.define(impl->writer));
  CHECK_OK(readable(impl->read_promoted()));
  if (cursor > 0) impl->begin_opening_loader();
  return std::unique_ptr<DuckdbWarehouse>(new DuckdbWarehouse(std::move(impl)));
}

DuckdbWarehouse::DuckdbWarehouse(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

DuckdbWarehouse::~DuckdbWarehouse() {
  // A damaged file is not used again.
  if (!impl_->broken || impl_->damaged) return;
  // Never closed (see the header), not even when the process ends; reachable, so that no leak is reported.
  static auto* const abandoned = new Guarded<std::vector<Impl*>>();
  abandoned->with([&](std::vector<Impl*>& all) { all.push_back(impl_.release()); });
}

Result<model::Position> DuckdbWarehouse::cursor() {
  CHECK_OK(impl_->usable());
  return impl_->cursor.load();
}

Result<ports::LoadResult> DuckdbWarehouse::load(const ports::LoadBatch& batch) {
  CHECK_OK(impl_->usable());
  const model::Position cursor = impl_->cursor;
  if (batch.cursor <= cursor) return ports::LoadResult{};
  if (batch.after != cursor) {
    return conflict("a batch behind position " + std::to_string(batch.after) + ", but the warehouse is at " +
                    std::to_string(cursor));
  }
  CHECK_OK(impl_->finish_opening_loader());
  auto loaded = impl_->change([&]() -> Result<ports::LoadResult> {
    if (!impl_->loader) {
      TRY(impl_->loader, StarLoader::open(impl_->database.get(), impl_->incoming));
    }
    return impl_->loader->load(batch);
  });
  if (loaded.ok()) {
    impl_->cursor = batch.cursor;
    impl_->pending_bytes += pending_bytes_of(batch);
  } else {
    impl_->loader.reset();
  }
  return loaded;
}

Result<ports::Rows> DuckdbWarehouse::query(std::string_view sql, std::span<const ports::Value> parameters,
                                           std::stop_token stop) {
  CHECK_OK(impl_->usable());
  return impl_->checked_read(impl_->readers.with([&](Connection& connection) -> Result<ports::Rows> {
    CHECK_OK(not_stopped(stop));
    const std::stop_callback interrupt(stop, [&] { duckdb_interrupt(connection.handle()); });
    return within_memory(connection.query(std::string(sql), parameters));
  }));
}

Status DuckdbWarehouse::scan(std::string_view sql, std::span<const ports::Value> parameters, const OnRows& take,
                             std::stop_token stop, std::span<const ports::CodedColumn> coded) {
  CHECK_OK(impl_->usable());
  std::mutex turn;  // columns may share what numbers their texts
  std::deque<TextCodes::Use> uses;
  for (const auto& column : coded) uses.emplace_back(impl_->codes, column.code_of, turn);
  const std::string statement = coded_statement(sql, coded, uses);
  return impl_->checked_read(impl_->readers.with([&](Connection& connection) -> Status {
    CHECK_OK(not_stopped(stop));
    const std::stop_callback interrupt(stop, [&] { duckdb_interrupt(connection.handle()); });
    Status taken;
    const Status scanned = connection.scan(statement, parameters, [&](const Chunk& chunk) -> Status {
      taken = not_stopped(stop);
      if (taken.ok()) taken = take(ScannedRows(chunk));
      return taken;
    });
    return taken.ok() ? within_memory(scanned) : taken;
  }));
}

Status DuckdbWarehouse::for_each_event_id(Timestamp received_since, const OnEventId& use) {
  CHECK_OK(impl_->usable());
  const ports::Value since = received_since;
  CHECK_OK(impl_->checked_read(impl_->memory.with_at_most(kMemoryForOnePass, [&] {
    return impl_->readers.with(
        [&](Connection& connection) { return for_each_id(connection, std::string(sql::event_ids), since, use); });
  })));
  // Damage among the keys, which were read meanwhile, is told at the start as well.
  return impl_->finish_opening_loader();
}

Result<ports::Export> DuckdbWarehouse::export_parquet(model::Position after, const std::string& folder) {
  CHECK_OK(impl_->usable());
  ports::Export exported;
  const auto attempt = [&](const ExportBounds& bounds) {
    return impl_->interruptibly([&](Connection& connection) {
      return connection.transaction([&]() -> Status {
        TRY(exported, write_export(connection, after, folder, bounds));
        return {};
      });
    });
  };
  Status done = attempt(impl_->bounds);
  if (!done.ok() && done.error().code == Errc::limited) {
    log_warning("exporting again in smaller steps and with more memory", {{"reason", done.error().message}});
    std::error_code ignored;  // What cannot be removed makes the next attempt fail.
    std::filesystem::remove_all(folder + "/" + std::string(warehouse::kFacts), ignored);
    done = impl_->memory.with_more([&] { return attempt({impl_->bounds.memory_bytes / 2, impl_->bounds.threads}); });
  }
  CHECK_OK(impl_->checked_read(done));
  return exported;
}

Result<ports::ParquetFile> DuckdbWarehouse::merge_parquet(std::span<const ports::ParquetFile> files,
                                                          const std::string& path) {
  CHECK_OK(impl_->usable());
  return impl_->interruptibly(
      [&](Connection& connection) { return merge_files(connection, files, path, impl_->bounds); });
}

Status DuckdbWarehouse::for_each_event_id_in(std::span<const ports::ParquetFile> files,
                                             Timestamp received_since, const OnEventId& use) {
  CHECK_OK(impl_->usable());
  if (files.empty()) return {};
  const ports::Value since = received_since;
  const std::string ids = warehouse::fill(sql::event_ids_in_files, {{"files", file_list(files)}});
  return impl_->readers.with(
      [&](Connection& connection) { return for_each_id(connection, ids, since, use); });
}

Status DuckdbWarehouse::restore(const ports::Export& source, const Progress& progress) {
  CHECK_OK(impl_->usable());
  if (impl_->cursor != 0) return conflict("restore needs an empty warehouse");
  impl_->loader.reset();
  std::uint64_t pending = 0;
  const auto write_much = [&](Connection& connection, const ports::ParquetFile& file) -> Status {
    pending += std::max(file.unpacked_bytes, file.bytes);
    if (pending <= impl_->bounds.memory_bytes) return {};
    pending = 0;
    return connection.run("CHECKPOINT");
  };
  const Status restored = impl_->memory.with_more([&] {
    return impl_->interruptibly(
        [&](Connection& connection) { return read_export(connection, source, progress, write_much); });
  });
  if (!restored.ok()) {
    // It may have been a file of the export: only the database itself knows whether its own storage failed.
    if (restored.error().code == Errc::limited) return impl_->checked(restored);
    CHECK_OK(impl_->checked(clear_tables(impl_->writer)));
    return restored;
  }
  impl_->cursor = source.until;
  // It is whole all the same when somebody is in the way; a crash before the next one begins anew.
  if (const Status done = checkpoint(); !done.ok() && done.error().code != Errc::conflict) return done;
  return impl_->read_promoted();
}

void DuckdbWarehouse::interrupt() {
  impl_->interruptible.with([](const std::set<Connection*>& running) {
    for (Connection* const connection : running) duckdb_interrupt(connection->handle());
  });
}

Status DuckdbWarehouse::checkpoint() {
  CHECK_OK(impl_->usable());
  // For want of memory it would fail like broken storage.
  CHECK_OK(impl_->change([&] { return impl_->writer.run("CHECKPOINT"); }));
  impl_->checkpointed = impl_->cursor.load();
  impl_->pending_bytes = 0;
  return {};
}

model::Position DuckdbWarehouse::checkpointed() const { return impl_->checkpointed; }

Status DuckdbWarehouse::promote(const std::string& property) {
  CHECK_OK(impl_->usable());
  CHECK_OK(impl_->finish_opening_loader());
  const auto known = promoted();
  if (std::ranges::find(known, property, &ports::PromotedProperty::property) != known.end()) return {};
  const Status added = impl_->change([&]() -> Status {
    CHECK_OK(add_promoted(impl_->writer, property, known.size() + 1, impl_->cursor));
    return impl_->loader ? impl_->loader->read_promoted() : Status();
  });
  CHECK_OK(added);
  return impl_->read_promoted();
}

Result<bool> DuckdbWarehouse::fill_promoted() {
  CHECK_OK(impl_->usable());
  const auto known = promoted();
  const auto next = std::ranges::find(known, false, &ports::PromotedProperty::is_filled);
  if (next == known.end()) return false;
  CHECK_OK(impl_->change([&] { return fill_next(impl_->writer, *next); }));
  impl_->pending_bytes += kPendingOfFilling;
  CHECK_OK(impl_->read_promoted());
  return true;
}

std::vector<ports::PromotedProperty> DuckdbWarehouse::promoted() const {
  return impl_->promoted.with([](const auto& properties) { return properties; });
}

ports::WarehouseStats DuckdbWarehouse::stats() const {
  ports::WarehouseStats stats{file_size(impl_->path), impl_->pending_bytes, 0, impl_->damaged};
  if (impl_->broken) return stats;
  const auto memory =
      impl_->gauge.with([](Connection& connection) { return connection.number(std::string(sql::memory)); });
  if (memory.ok()) stats.memory_bytes = static_cast<std::uint64_t>(*memory);
  return stats;
}

}  // namespace spectrum::duckdb
