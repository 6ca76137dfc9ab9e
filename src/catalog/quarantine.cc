#include "catalog/quarantine.h"

#include <array>
#include <limits>

#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

std::int64_t as_integer(model::Position position) { return static_cast<std::int64_t>(position); }

template <typename T>
std::optional<T> maybe(const ports::Value& value) {
  const T* const held = std::get_if<T>(&value);
  return held ? std::optional<T>(*held) : std::nullopt;
}

QuarantineItem item_of(const std::vector<ports::Value>& row) {
  QuarantineItem item;
  item.id = static_cast<model::Position>(std::get<std::int64_t>(row[0]));
  item.project_number = std::get<std::int64_t>(row[1]);
  item.received_at = from_micros(std::get<std::int64_t>(row[2]));
  item.source = std::get<std::string>(row[3]);
  item.code = std::get<std::string>(row[4]);
  item.message = std::get<std::string>(row[5]);
  item.pointer = std::get<std::string>(row[6]);
  item.payload = std::get<std::string>(row[7]);
  item.file = maybe<std::string>(row[8]);
  item.line = maybe<std::int64_t>(row[9]);
  if (const auto at = maybe<std::int64_t>(row[10])) item.replayed_at = from_micros(*at);
  return item;
}

std::vector<QuarantineItem> items_of(const ports::Rows& rows) {
  std::vector<QuarantineItem> items;
  for (const auto& row : rows.rows) items.push_back(item_of(row));
  return items;
}

Status insert(ports::Database& database, const Quarantine::Entry& entry) {
  const auto& rejection = entry.rejection;
  const bool from_file = !rejection.file.empty();
  const std::array<ports::Value, 10> values = {
      as_integer(entry.position),
      rejection.project_id,
      rejection.received_at,
      std::string(from_file ? "load" : "http"),
      std::string(rejection.code),
      std::string(rejection.message),
      std::string(rejection.pointer),
      std::string(rejection.payload),
      from_file ? ports::Value(std::string(rejection.file)) : ports::Value(),
      from_file ? ports::Value(static_cast<std::int64_t>(rejection.line)) : ports::Value()};
  TRY([[maybe_unused]] const auto inserted, database.execute(sql::insert_quarantine, values));
  return {};
}

Status mark(ports::Database& database, model::Position id, Timestamp now) {
  const std::array<ports::Value, 2> values = {as_integer(id), now};
  TRY([[maybe_unused]] const auto updated, database.execute(sql::mark_replayed, values));
  return {};
}

}  // namespace

Status Quarantine::take_over(std::span<const Entry> entries, std::span<const model::Position> replayed, Timestamp now) {
  if (entries.empty() && replayed.empty()) return {};
  return database_.transaction([&](ports::Database& transaction) -> Status {
    for (const auto& entry : entries) CHECK_OK(insert(transaction, entry));
    for (const auto id : replayed) CHECK_OK(mark(transaction, id, now));
    return {};
  });
}

Result<std::vector<QuarantineItem>> Quarantine::list(model::ProjectId project, const std::string& code,
                                                     model::Position before, std::int64_t limit) {
  const std::int64_t below = before == 0 ? std::numeric_limits<std::int64_t>::max() : as_integer(before);
  const std::array<ports::Value, 4> values = {project, code, below, limit};
  TRY(const auto rows, database_.execute(sql::list_quarantine, values));
  return items_of(rows);
}

Result<std::vector<QuarantineItem>> Quarantine::list_unreplayed(model::ProjectId project, const std::string& code,
                                                                model::Position after, std::int64_t limit) {
  const std::array<ports::Value, 4> values = {project, code, as_integer(after), limit};
  TRY(const auto rows, database_.execute(sql::list_unreplayed, values));
  return items_of(rows);
}

Result<std::vector<QuarantineItem>> Quarantine::list_refused_rows(Timestamp since, model::Position after, std::int64_t limit) {
  const std::array<ports::Value, 3> values = {since, as_integer(after), limit};
  TRY(const auto rows, database_.execute(sql::list_refused_rows, values));
  return items_of(rows);
}

Result<QuarantineItem> Quarantine::find(model::ProjectId project, model::Position id) {
  const std::array<ports::Value, 2> values = {project, as_integer(id)};
  TRY(const auto rows, database_.execute(sql::find_quarantine, values));
  if (rows.rows.empty()) return not_found("there is no quarantined event " + std::to_string(id));
  return item_of(rows.rows.front());
}

Result<std::size_t> Quarantine::forget_behind(model::Position last) {
  const std::array<ports::Value, 1> values = {as_integer(last)};
  TRY(const auto forgotten, database_.execute(sql::forget_quarantine_behind, values));
  return forgotten.rows.size();
}

Status Quarantine::mark_replayed(model::Position id, Timestamp now) { return mark(database_, id, now); }

}  // namespace spectrum::catalog
