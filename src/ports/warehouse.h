#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "ports/value.h"

namespace spectrum::ports {

struct PositionedEvent {
  model::Position position = 0;
  model::Event event;
};

/// What was received in one UTC hour of a project, to be added to what is known of it. Negative when a replay moves
/// an event from `quarantined` to another column.
struct LedgerDelta {
  model::ProjectId project_id = 0;
  Timestamp hour;  ///< by time of receipt
  std::int64_t stored = 0;
  std::int64_t duplicate = 0;
  std::int64_t quarantined = 0;
};

/// A run of the log, to become facts and dimensions in one transaction.
struct LoadBatch {
  std::span<const PositionedEvent> events;  ///< ascending by position
  std::span<const LedgerDelta> ledger;      ///< counts every event as stored
  model::Position after = 0;                ///< the batch begins right behind this position …
  model::Position cursor = 0;               ///< … and ends with this one
  /// Events received since then are known to be no duplicates of each other; an older one with an equal id is looked
  /// for in the facts.
  Timestamp deduplicated_since;
};

struct LoadResult {
  std::size_t stored = 0;
  std::size_t duplicates = 0;  ///< refused because the facts held their id already; counted so in the ledger
};

/// A Parquet file that the warehouse wrote.
struct ParquetFile {
  std::string table;      ///< `fact_events`, `dim_users`, …
  std::string path;
  std::string partition;  ///< the UTC date of a file of facts (`2026-11-21`), else empty
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unpacked_bytes = 0;  ///< of a file of facts: what its rows take in memory, about
};

/// A consistent copy of what came in behind a position: those facts, and all of the dimensions and the ledger.
struct Export {
  model::Position until = 0;
  std::vector<ParquetFile> files;
};

struct WarehouseStats {
  std::uint64_t file_bytes = 0;
  std::uint64_t pending_bytes = 0;  ///< loaded since the last checkpoint: about what a crash makes us load again
  std::uint64_t memory_bytes = 0;
  bool is_damaged = false;  ///< what it stored cannot be read any more: it has to be made anew
};

/// A key of `properties` that the facts have columns of their own for: null where the key is absent, or has no number.
struct PromotedProperty {
  std::string property;
  std::string text_column;
  std::string number_column;
  model::Position filled_until = 0;  ///< the columns hold what the JSON does up to here …
  model::Position wanted_until = 0;  ///< … and behind this

  bool is_filled() const { return filled_until >= wanted_until; }
};

/// Some rows of a scan, column by column. It lives as long as the call that hands it out.
class ColumnBatch {
 public:
  virtual ~ColumnBatch() = default;

  virtual std::size_t rows() const = 0;
  virtual bool is_null(std::size_t column, std::size_t row) const = 0;
  /// False: no cell of the column is null.
  virtual bool has_nulls(std::size_t column) const = 0;
  /// The cells of a BIGINT or TIMESTAMP column (microseconds since 1970); anything where they are null.
  virtual std::span<const std::int64_t> integers(std::size_t column) const = 0;
  /// The cells of a DOUBLE column; anything where they are null.
  virtual std::span<const double> numbers(std::size_t column) const = 0;
  /// A cell of a VARCHAR column; empty for null.
  virtual std::string_view text(std::size_t column, std::size_t row) const = 0;
  /// The codes of a CodedColumn.
  virtual std::span<const std::int32_t> codes(std::size_t column) const = 0;
};

/// A VARCHAR column of a scan of which numbers are handed out instead of texts: far cheaper where few texts repeat.
struct CodedColumn {
  std::string name;
  /// The number of a text, -1 being that of null. It is asked for by one thread at a time, over all columns of a scan;
  /// perhaps not the scan's, perhaps once for many rows, perhaps for texts of rows that are left out.
  std::function<std::int32_t(std::string_view)> code_of;
};

/// Facts and dimensions (docs/schema.md). `load`, `restore`, `promote`, `fill_promoted` and `checkpoint` are for one thread; everything else is
/// thread-safe and may run beside them, seeing whole transactions only.
class Warehouse {
 public:
  using Progress = std::function<void(std::uint64_t rows_done, std::uint64_t rows_total)>;
  using OnRows = std::function<Status(const ColumnBatch&)>;
  using OnEventId = std::function<void(model::ProjectId, std::string_view event_id, Timestamp received_at)>;

  virtual ~Warehouse() = default;

  /// The last position loaded; 0 when empty.
  virtual Result<model::Position> cursor() = 0;

  /// One transaction: facts, dimensions, ledger and cursor. A batch whose `cursor` is not beyond the warehouse's is
  /// skipped, so replay adds nothing; one that does not begin at the warehouse's cursor is refused (`conflict`).
  virtual Result<LoadResult> load(const LoadBatch& batch) = 0;

  /// Runs one statement of ours with `$1 …` parameters. Stopped: `unavailable`, soon.
  virtual Result<Rows> query(std::string_view sql, std::span<const Value> parameters = {},
                             std::stop_token stop = {}) = 0;

  /// The same for many rows: hands them out in batches as they come. A `take` that fails ends it, with its failure.
  virtual Status scan(std::string_view sql, std::span<const Value> parameters, const OnRows& take,
                      std::stop_token stop = {}, std::span<const CodedColumn> coded = {}) = 0;

  /// Hands out the id of each event received since then, in no order.
  virtual Status for_each_event_id(Timestamp received_since, const OnEventId& use) = 0;

  /// Writes Parquet files into `folder`: the facts behind `after`, and all dimensions and the ledger, of one moment.
  /// Files are not synced. Their columns: docs/schema.md, "Lake".
  virtual Result<Export> export_parquet(model::Position after, const std::string& folder) = 0;

  /// Writes the rows of several files of one partition as one file. `limited`: they do not fit into memory.
  virtual Result<ParquetFile> merge_parquet(std::span<const ParquetFile> files, const std::string& path) = 0;

  /// Hands out the id of each event in files of facts, received since then.
  virtual Status for_each_event_id_in(std::span<const ParquetFile> files, Timestamp received_since,
                                      const OnEventId& use) = 0;

  /// Fills an empty warehouse from an export and then sets its cursor. One that failed is empty still: its cursor is 0,
  /// and restoring it again begins anew.
  virtual Status restore(const Export& source, const Progress& progress) = 0;

  /// Makes an export, merge or restore in hand fail soon (`unavailable`), as if it had not begun. From any thread.
  virtual void interrupt() = 0;

  /// Makes what was loaded survive a crash. Call it in quiet moments; `load` never does it by itself. `conflict`: not
  /// now, try again.
  virtual Status checkpoint() = 0;
  /// The last position that survives a crash; after one, the warehouse opens there.
  virtual model::Position checkpointed() const = 0;

  /// Gives a key of `properties` columns of its own; nothing happens when it has them. They are filled by `load` from
  /// then on, and for what is there already by `fill_promoted`.
  virtual Status promote(const std::string& property) = 0;
  /// Fills some more of what is not filled; whether there is still more.
  virtual Result<bool> fill_promoted() = 0;
  virtual std::vector<PromotedProperty> promoted() const = 0;

  virtual WarehouseStats stats() const = 0;
};

}  // namespace spectrum::ports
