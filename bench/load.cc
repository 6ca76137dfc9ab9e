// Log -> star schema through the loader, in rows per CPU-second of the whole process, with one DuckDB thread and an exact set
// of ids as ingest keeps it. Beside it, in the same run: a bare insert of the same events, decoded before, into one flat
// table without keys, dimensions, ledger or ids. Usage: bench_load [--events N] [--batch N] [--folder PATH] | --quick.
// bench/results/load.txt is its output.
#include <duckdb.h>
#include <time.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "adapters/duckdb/incoming_rows.h"
#include "adapters/duckdb/warehouse.h"
#include "bench/shop_events.h"
#include "load/loader.h"
#include "model/record.h"
#include "warehouse/tables.h"

namespace {

using namespace spectrum;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename T>
T expect(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "failed: %s\n", result.error().message.c_str());
  std::exit(1);
}

void expect(Status status) {
  if (status.ok()) return;
  std::fprintf(stderr, "failed: %s\n", status.error().message.c_str());
  std::exit(1);
}

/// Records in memory, as the log would hand them out.
class MemoryLog final : public ports::EventLog {
 public:
  explicit MemoryLog(const std::vector<std::string>& records) {
    for (const auto& record : records) records_.push_back({records_.size() + 1, record});
  }
  void append(const ports::RecordBatch&, Done) override {}
  Result<std::unique_ptr<ports::EventLogReader>> read_after(model::Position after) override {
    return std::unique_ptr<ports::EventLogReader>(new Reader(*this, after));
  }
  bool wait_beyond(model::Position after, std::chrono::milliseconds) override {
    return after < records_.size();
  }
  void release(model::Position) override {}
  ports::EventLogStats stats() const override { return {.first = 1, .last = records_.size()}; }
  Status close() override { return {}; }

 private:
  class Reader final : public ports::EventLogReader {
   public:
    Reader(const MemoryLog& log, model::Position after) : log_(log), next_(after) {}
    Result<std::span<const ports::StoredRecord>> next(std::size_t) override {
      const std::span<const ports::StoredRecord> rest = std::span(log_.records_).subspan(next_);
      next_ += rest.size();
      return rest;
    }

   private:
    const MemoryLog& log_;
    std::size_t next_;
  };
  std::vector<ports::StoredRecord> records_;
};

class NoRejections final : public load::RejectionSink {
 public:
  Status keep(std::span<const load::PositionedRejection>, std::span<const load::Replayed>) override {
    return {};
  }
};

/// An exact set of 128-bit ids with open addressing, looked up in groups whose slots were prefetched.
class IdSet {
 public:
  explicit IdSet(std::size_t capacity) : slots_(capacity), mask_(capacity - 1) {}
  std::size_t add(const std::vector<std::string>& records) {
    constexpr std::size_t kGroup = 32;
    std::size_t fresh = 0;
    std::pair<std::uint64_t, std::uint64_t> group[kGroup];
    for (std::size_t begin = 0; begin < records.size(); begin += kGroup) {
      const std::size_t count = std::min(kGroup, records.size() - begin);
      for (std::size_t i = 0; i < count; ++i) {
        group[i] = id_of(records[begin + i]);
        __builtin_prefetch(&slots_[group[i].first & mask_]);
      }
      for (std::size_t i = 0; i < count; ++i) fresh += add(group[i]);
    }
    return fresh;
  }

 private:
  using Id = std::pair<std::uint64_t, std::uint64_t>;
  static Id id_of(const std::string& record) {
    const auto text = model::event_head(record)->event_id;
    std::uint64_t words[4];
    std::memcpy(words, text.data(), sizeof words);
    const auto mix = [](std::uint64_t a, std::uint64_t b) {
      const auto product =
          static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xC2B2AE3D27D4EB4Fu);
      return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    return {mix(words[0], words[1]) ^ words[3] * 0x2545F4914F6CDD1Du, mix(words[2], words[3]) | 1};
  }
  bool add(Id id) {
    std::size_t at = id.first & mask_;
    for (; slots_[at].second != 0; at = (at + 1) & mask_) {
      if (slots_[at] == id) return false;
    }
    slots_[at] = id;
    return true;
  }
  std::vector<Id> slots_;
  std::size_t mask_;
};

void report(const char* what, std::size_t rows, double cpu, double wall) {
  std::printf("%-52s %9zu rows %8.0f rows/cpu-s  cpu %6.2f s  wall %6.2f s\n", what, rows,
              static_cast<double>(rows) / cpu, cpu, wall);
  std::fflush(stdout);
}

std::string fresh_path(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/bench.duckdb";
  std::filesystem::remove(path);
  return path;
}

constexpr warehouse::Column kFlatColumns[] = {
    {"event_id", warehouse::ColumnType::text},      {"project_id", warehouse::ColumnType::bigint},
    {"event_type", warehouse::ColumnType::text},    {"user_id", warehouse::ColumnType::text},
    {"session_id", warehouse::ColumnType::text},    {"sku", warehouse::ColumnType::text},
    {"experiment_id", warehouse::ColumnType::text}, {"variant", warehouse::ColumnType::text},
    {"value", warehouse::ColumnType::real},         {"occurred_at", warehouse::ColumnType::instant},
    {"properties", warehouse::ColumnType::text}};
constexpr warehouse::Table kFlat = {"flat", kFlatColumns, "event_id"};

void set_flat(duckdb::RowWriter& row, const model::Event& event) {
  row.set(0, event.event_id);
  row.set(1, event.project_id);
  row.set(2, event.event_type);
  row.set(3, event.user_id);
  row.set(4, event.session_id);
  row.set_or_null(5, event.product_sku);
  row.set_or_null(6, event.experiment_id);
  row.set_or_null(7, event.variant);
  row.set_or_null(8, event.value);
  row.set(9, to_micros(event.occurred_at));
  row.set(10, event.properties);
}

/// The events as rows of one table of their texts, numbers and times; each batch is a transaction.
void append_flat(const std::string& folder, const std::vector<std::string>& records, std::size_t batch) {
  std::vector<model::Event> events;
  for (const auto& record : records)
    events.push_back(std::get<model::Event>(expect(model::decode_record(record))));
  duckdb_database raw = nullptr;
  if (duckdb_open(fresh_path(folder).c_str(), &raw) != DuckDBSuccess) std::exit(1);
  duckdb::IncomingRows incoming;
  const duckdb::Handle<_duckdb_database> database(raw);
  auto connection = expect(duckdb::Connection::open(database.get()));
  expect(incoming.define(connection));
  expect(connection.run(
      "SET threads = 1; SET checkpoint_threshold = '1TB'; SET preserve_insertion_order = false;"
      "CREATE TABLE flat (event_id VARCHAR, project_id BIGINT, event_type VARCHAR, user_id VARCHAR, "
      "session_id VARCHAR, sku VARCHAR, experiment_id VARCHAR, variant VARCHAR, value DOUBLE, "
      "occurred_at TIMESTAMP, properties VARCHAR)"));
  const double cpu = cpu_seconds(), wall = wall_seconds();
  for (std::size_t begin = 0; begin < events.size(); begin += batch) {
    const std::size_t end = std::min(events.size(), begin + batch);
    std::size_t next = begin;
    expect(connection.transaction([&] {
      return incoming.feed(connection, duckdb::insert_into(kFlat), kFlat.columns, end - begin,
                           [&](duckdb::RowWriter& rows) {
                             for (; next < end && rows.room() > 0; ++next) {
                               set_flat(rows, events[next]);
                               rows.next_row();
                             }
                           });
    }));
  }
  const double appended = cpu_seconds(), appended_wall = wall_seconds();
  expect(connection.run("CHECKPOINT"));
  char what[100];
  std::snprintf(what, sizeof what, "flat table, bare insert, batches of %zu", batch);
  report(what, events.size(), appended - cpu, appended_wall - wall);
  std::printf("    a checkpoint afterwards %.2f s (with it %.0f rows/cpu-s)\n", cpu_seconds() - appended,
              static_cast<double>(events.size()) / (cpu_seconds() - cpu));
}

void check_counts(ports::Warehouse& warehouse, const bench::Shop& shop, std::size_t events) {
  const auto rows =
      expect(warehouse.query(
                 "SELECT (SELECT count(*) FROM fact_events), (SELECT count(*) FROM dim_users), (SELECT "
                 "count(*) FROM dim_sessions),"
                 " (SELECT sum(stored) FROM ledger), (SELECT count(DISTINCT event_id) FROM fact_events)",
                 {}))
          .rows.front();
  const std::size_t wanted[] = {events, shop.users(), shop.sessions(), events, events};
  for (std::size_t i = 0; i < std::size(wanted); ++i) {
    const auto count = static_cast<std::size_t>(std::get<std::int64_t>(rows[i]));
    if (count == wanted[i]) continue;
    std::fprintf(stderr, "count %zu is %zu, not %zu\n", i, count, wanted[i]);
    std::exit(1);
  }
}

void hand_out_ids(ports::Warehouse& warehouse, std::size_t wanted) {
  std::size_t ids = 0, bytes = 0;
  const double cpu = cpu_seconds(), wall = wall_seconds();
  expect(warehouse.for_each_event_id(Timestamp(), [&](model::ProjectId, std::string_view id, Timestamp) {
    ++ids;
    bytes += id.size();
  }));
  if (ids != wanted || bytes != 36 * wanted) std::exit(1);
  report("    event ids handed out", ids, cpu_seconds() - cpu, wall_seconds() - wall);
}

void export_to_parquet(ports::Warehouse& warehouse, const std::string& folder, std::size_t wanted) {
  const double cpu = cpu_seconds(), wall = wall_seconds();
  std::filesystem::create_directories(folder + "/export");
  const auto exported = expect(warehouse.export_parquet(0, folder + "/export"));
  std::size_t facts = 0;
  for (const auto& file : exported.files) facts += file.table == warehouse::kFacts ? file.rows : 0;
  if (facts != wanted) std::exit(1);
  report("    facts and dimensions exported as Parquet", facts, cpu_seconds() - cpu, wall_seconds() - wall);
  const double restoring = cpu_seconds(), restoring_wall = wall_seconds();
  auto other = expect(
      duckdb::DuckdbWarehouse::open(folder + "/export/restored.duckdb",
                                    {.memory_limit_bytes = 4ull << 30, .threads = 1, .temp_directory = ""}));
  expect(other->restore(exported, {}));
  report("    and restored", facts, cpu_seconds() - restoring, wall_seconds() - restoring_wall);
  std::filesystem::remove_all(folder + "/export");
}

void load_in_batches(const std::string& folder, const std::vector<std::string>& records,
                     const bench::Shop& shop, std::size_t batch) {
  auto warehouse = expect(duckdb::DuckdbWarehouse::open(
      fresh_path(folder), {.memory_limit_bytes = 4ull << 30, .threads = 1, .temp_directory = ""}));
  MemoryLog log(records);
  NoRejections rejections;
  IdSet ids(std::bit_ceil(records.size() * 2));
  load::LoaderOptions options;
  options.max_batch_records = batch;
  load::Loader loader({log, *warehouse, rejections, [] { return Timestamp(); }, {}, {}}, options);
  const double cpu = cpu_seconds(), wall = wall_seconds();
  if (ids.add(records) != records.size()) std::exit(1);
  const double deduplicated = cpu_seconds();
  loader.start();
  if (!loader.wait_until(records.size(), std::chrono::hours(1))) std::exit(1);
  const double loaded = cpu_seconds(), wall_loaded = wall_seconds();
  loader.stop();
  const double before = cpu_seconds();
  expect(warehouse->checkpoint());
  const double folded = cpu_seconds() - before;
  check_counts(*warehouse, shop, records.size());
  char what[100];
  std::snprintf(what, sizeof what, "star schema, batches of %zu", batch);
  report(what, records.size(), loaded - cpu, wall_loaded - wall);
  std::printf(
      "    of it ids %.2f s; a checkpoint afterwards %.2f s (with it %.0f rows/cpu-s); file %.1f MB\n",
      deduplicated - cpu, folded, static_cast<double>(records.size()) / (loaded - cpu + folded),
      static_cast<double>(warehouse->stats().file_bytes) / 1e6);
  hand_out_ids(*warehouse, records.size());
  export_to_parquet(*warehouse, folder, records.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t events = 1'000'000;
  std::vector<std::size_t> batches = {122'880, 100'000, 10'000};
  std::string folder = std::filesystem::temp_directory_path() / "spectrum-bench-load";
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--events") events = std::strtoull(value, nullptr, 10);
    if (option == "--batch") batches = {std::strtoull(value, nullptr, 10)};
    if (option == "--folder") folder = value;
    if (option == "--quick") events = 30'000;
  }
  bench::Shop shop;
  std::vector<std::string> records;
  records.reserve(events);
  for (std::size_t i = 0; i < events; ++i) records.push_back(shop.next_record());
  for (const std::size_t batch : batches) {
    append_flat(folder, records, batch);
    load_in_batches(folder, records, shop, batch);
  }
  std::filesystem::remove_all(folder);
}
