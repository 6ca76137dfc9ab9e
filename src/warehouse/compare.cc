#include "warehouse/compare.h"

#include <algorithm>
#include <vector>

#include "base/time_text.h"
#include "warehouse/sql.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace spectrum::warehouse {
namespace {

/// How many keys are read at a time.
constexpr std::int64_t kStep = 20'000;

using Row = std::vector<ports::Value>;

struct ToText {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(Timestamp value) const { return format_rfc3339(value); }
};

std::string to_text(const ports::Value& value) { return std::visit(ToText(), value); }

struct Extent {
  std::int64_t first = 0, last = -1, rows = 0;
};

/// Reads one table of both sides, step by step.
class TableComparison {
 public:
  TableComparison(const Table& table, ports::Warehouse& actual, ports::Warehouse& expected)
      : table_(table),
        actual_(actual),
        expected_(expected),
        leading_key_(table.key.substr(0, table.key.find(','))) {
    for (std::size_t begin = 0; begin <= table.key.size();) {
      const std::size_t end = std::min(table.key.find(',', begin), table.key.size());
      const auto name = table.key.substr(begin, end - begin);
      key_columns_.push_back(static_cast<std::size_t>(std::ranges::find(table.columns, name, &Column::name) -
                                                      table.columns.begin()));
      begin = end + 1;
    }
  }

  Result<std::optional<Difference>> run(const ports::Warehouse::Progress& progress) {
    TRY(const Extent mine, extent(actual_));
    TRY(const Extent theirs, extent(expected_));
    if (mine.rows == 0 && theirs.rows == 0) return std::optional<Difference>();
    const std::int64_t first = mine.rows == 0     ? theirs.first
                               : theirs.rows == 0 ? mine.first
                                                  : std::min(mine.first, theirs.first);
    const std::int64_t last = std::max(mine.last, theirs.last);
    std::uint64_t done = 0;
    for (std::int64_t from = first; from <= last;) {
      TRY(const auto have, read(actual_, from, from + kStep - 1));
      TRY(const auto want, read(expected_, from, from + kStep - 1));
      if (auto difference = compare(have, want)) return difference;
      done += want.size();
      if (progress) progress(done, static_cast<std::uint64_t>(theirs.rows));
      from += kStep;
      if (!want.empty()) continue;
      // The keys of times may lie years apart.
      TRY(const auto my_next, next_key(actual_, from));
      TRY(const auto their_next, next_key(expected_, from));
      if (!my_next && !their_next) break;
      from = std::min(my_next.value_or(last), their_next.value_or(last));
    }
    return std::optional<Difference>();
  }

 private:
  Result<Extent> extent(ports::Warehouse& warehouse) const {
    TRY(const auto answer,
        warehouse.query(fill(sql::key_range, {{"key", leading_key_}, {"table", table_.name}})));
    const Row& row = answer.rows.front();
    if (!std::holds_alternative<std::int64_t>(row[0])) return Extent();
    return Extent{std::get<std::int64_t>(row[0]), std::get<std::int64_t>(row[1]),
                  std::get<std::int64_t>(row[2])};
  }

  /// The lowest key from there on.
  Result<std::optional<std::int64_t>> next_key(ports::Warehouse& warehouse, std::int64_t from) const {
    const ports::Value parameters[] = {from};
    TRY(const auto answer,
        warehouse.query(fill(sql::next_key, {{"key", leading_key_}, {"table", table_.name}}), parameters));
    const auto* const key = std::get_if<std::int64_t>(&answer.rows.front()[0]);
    return key ? std::optional(*key) : std::nullopt;
  }

  Result<std::vector<Row>> read(ports::Warehouse& warehouse, std::int64_t from, std::int64_t to) const {
    std::string columns;
    for (const auto& column : table_.columns)
      columns += (columns.empty() ? "" : ", ") + std::string(column.name);
    const ports::Value range[] = {from, to};
    TRY(auto answer,
        warehouse.query(
            fill(sql::rows_in_range,
                 {{"columns", columns}, {"table", table_.name}, {"key", leading_key_}, {"keys", table_.key}}),
            range));
    return std::move(answer.rows);
  }

  Row key_of(const Row& row) const {
    Row key;
    for (const std::size_t column : key_columns_) key.push_back(row[column]);
    return key;
  }

  Difference difference_at(const Row& row, Difference::Kind kind) const {
    std::string key;
    for (const std::size_t column : key_columns_) {
      key +=
          (key.empty() ? "" : ", ") + std::string(table_.columns[column].name) + "=" + to_text(row[column]);
    }
    return {std::string(table_.name), key, kind, "", "", ""};
  }

  std::optional<Difference> compare(const std::vector<Row>& have, const std::vector<Row>& want) const {
    for (std::size_t i = 0; i < std::max(have.size(), want.size()); ++i) {
      if (i == have.size()) return difference_at(want[i], Difference::Kind::missing);
      if (i == want.size()) return difference_at(have[i], Difference::Kind::unexpected);
      if (have[i] == want[i]) continue;
      const Row my_key = key_of(have[i]), their_key = key_of(want[i]);
      if (my_key > their_key) return difference_at(want[i], Difference::Kind::missing);
      if (my_key < their_key) return difference_at(have[i], Difference::Kind::unexpected);
      Difference difference = difference_at(want[i], Difference::Kind::other);
      const auto column =
          static_cast<std::size_t>(std::ranges::mismatch(have[i], want[i]).in1 - have[i].begin());
      difference.column = table_.columns[column].name;
      difference.actual = to_text(have[i][column]);
      difference.expected = to_text(want[i][column]);
      return difference;
    }
    return {};
  }

  const Table& table_;
  ports::Warehouse& actual_;
  ports::Warehouse& expected_;
  std::string_view leading_key_;
  std::vector<std::size_t> key_columns_;
};

}  // namespace

std::string describe(const Difference& difference) {
  const std::string where = difference.table + " " + difference.key;
  switch (difference.kind) {
    case Difference::Kind::missing: return where + ": the warehouse lacks this row";
    case Difference::Kind::unexpected: return where + ": the warehouse has this row, lake and log do not";
    case Difference::Kind::other: break;
  }
  return where + ": " + difference.column + " is " + difference.actual + " in the warehouse, " +
         difference.expected + " by lake and log";
}

Result<std::optional<Difference>> first_difference(ports::Warehouse& actual, ports::Warehouse& expected,
                                                   const ports::Warehouse::Progress& progress) {
  for (const auto& table : tables()) {
    TRY(auto difference, TableComparison(table, actual, expected).run(progress));
    if (difference) return difference;
  }
  return std::optional<Difference>();
}

}  // namespace spectrum::warehouse
