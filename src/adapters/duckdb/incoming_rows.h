#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "adapters/duckdb/connection.h"
#include "adapters/duckdb/row_writer.h"
#include "warehouse/tables.h"

namespace spectrum::duckdb {

/// Lets statements read rows that the program makes while they run, as the table `incoming`: nothing is copied on the way.
/// One statement at a time.
class IncomingRows {
 public:
  /// Adds rows to the writer as long as it has room; is called again until it added none. Texts have to live until the
  /// statement has ended.
  using Make = std::function<void(RowWriter&)>;

  /// Makes the table known to all connections of the database, which must not outlive this.
  Status define(Connection& connection);

  /// Runs a statement over rows of these columns. `count` is about how many: without any nothing runs.
  Status feed(Connection& connection, const std::string& sql, std::span<const warehouse::Column> columns,
              std::size_t count, const Make& make, std::span<const ports::Value> parameters = {});

 private:
  struct Call;

  std::mutex turn_;
  std::span<const warehouse::Column> columns_;
  std::size_t count_ = 0;
  const Make* make_ = nullptr;
  RowWriter writer_;
};

/// The statement that adds incoming rows to a table. `more_columns` (", p1") get `more_values` (", upper(name)").
std::string insert_into(const warehouse::Table& table, std::string_view more_columns = {},
                        std::string_view more_values = {});

/// Feeds statements of one connection.
class Feed {
 public:
  Feed(Connection& connection, IncomingRows& incoming) : connection_(connection), incoming_(incoming) {}

  Status rows(const std::string& sql, std::span<const warehouse::Column> columns, std::size_t count,
              const IncomingRows::Make& make, std::span<const ports::Value> parameters = {}) {
    return incoming_.feed(connection_, sql, columns, count, make, parameters);
  }
  /// A row for each of the items that are picked; `write` sets its cells.
  template <typename Item, typename Picked, typename Write>
  Status each(std::string_view sql, std::span<const warehouse::Column> columns, const std::vector<Item>& items,
              Picked picked, Write write) {
    auto next = items.begin();
    const auto count = static_cast<std::size_t>(std::ranges::count_if(items, picked));
    return rows(std::string(sql), columns, count, [&](RowWriter& rows) {
      for (; next != items.end() && rows.room() > 0; ++next) {
        if (!picked(*next)) continue;
        write(rows, *next);
        rows.next_row();
      }
    });
  }

 private:
  Connection& connection_;
  IncomingRows& incoming_;
};

}  // namespace spectrum::duckdb
