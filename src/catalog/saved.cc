#include "catalog/saved.h"

#include <array>

#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

SavedItem item_of(const std::vector<ports::Value>& row) {
  return {std::get<std::int64_t>(row[0]),
          std::get<std::string>(row[1]),
          std::get<std::int64_t>(row[2]),
          from_micros(std::get<std::int64_t>(row[3])),
          from_micros(std::get<std::int64_t>(row[4])),
          std::get<std::string>(row[5])};
}

}  // namespace

Result<SavedItem> Saved::create(const std::string& kind, model::ProjectId project, const std::string& content,
                                const std::string& actor) {
  TRY(const auto all, list(kind, project, 0, kMost));
  if (all.size() >= kMost) return invalid("there are " + std::to_string(kMost) + " already; remove some first");
  const std::array<ports::Value, 5> values = {kind, project, content, clock_.now(), actor};
  TRY(const auto rows, database_.execute(sql::insert_saved, values));
  return item_of(rows.rows.at(0));
}

Result<std::vector<SavedItem>> Saved::list(const std::string& kind, model::ProjectId project, std::int64_t after,
                                           std::int64_t limit) {
  const std::array<ports::Value, 4> values = {kind, project, after, limit};
  TRY(const auto rows, database_.execute(sql::list_saved, values));
  std::vector<SavedItem> items;
  for (const auto& row : rows.rows) items.push_back(item_of(row));
  return items;
}

Result<SavedItem> Saved::find(const std::string& kind, model::ProjectId project, std::int64_t id) {
  TRY(auto items, list(kind, project, id - 1, 1));
  if (items.empty() || items.front().id != id) return not_found("there is no " + kind + " " + std::to_string(id));
  return std::move(items.front());
}

Result<SavedItem> Saved::replace(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                                 const std::string& content, const std::string& actor) {
  return change(kind, project, id, version, content, actor, false);
}

Status Saved::remove(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                     const std::string& actor) {
  TRY([[maybe_unused]] const auto removed, change(kind, project, id, version, "{}", actor, true));
  return {};
}

Result<SavedItem> Saved::change(const std::string& kind, model::ProjectId project, std::int64_t id, std::int64_t version,
                                const std::string& content, const std::string& actor, bool removes) {
  const std::array<ports::Value, 8> values = {kind, project, id, version, content, clock_.now(), actor, std::int64_t{removes}};
  TRY(const auto rows, database_.execute(sql::update_saved, values));
  if (!rows.rows.empty()) return item_of(rows.rows.front());
  TRY(const auto current, find(kind, project, id));
  return conflict("the " + kind + " was changed meanwhile: its version is " + std::to_string(current.version) + " now");
}

}  // namespace spectrum::catalog
