#include "catalog/migrations.h"

#include <array>

#include "base/sha256.h"
#include "catalog/sql.h"

namespace spectrum::catalog {
namespace {

struct Step {
  int version;
  std::string_view name;
  std::string_view sql;
};

std::array<Step, 4> steps() {
  return {Step{1, "catalog", sql::m0001_catalog}, Step{2, "experiments", sql::m0002_experiments},
          Step{3, "saved", sql::m0003_saved}, Step{4, "audit_project", sql::m0004_audit_project}};
}

std::string checksum(std::string_view text) { return to_hex(sha256(text)).substr(0, 16); }

Status apply(ports::Database& database, const Step& step, Timestamp now) {
  return database.transaction([&](ports::Database& transaction) -> Status {
    CHECK_OK(transaction.execute_script(step.sql));
    const std::array<ports::Value, 4> values = {std::int64_t{step.version}, std::string(step.name), checksum(step.sql), now};
    TRY([[maybe_unused]] const auto rows, transaction.execute(sql::insert_schema_history, values));
    return {};
  });
}

}  // namespace

Result<std::vector<Migration>> migration_status(ports::Database& database) {
  TRY([[maybe_unused]] const auto created, database.execute(sql::create_schema_history));
  TRY(const auto history, database.execute(sql::list_schema_history));
  std::vector<Migration> migrations;
  for (const auto& step : steps()) {
    migrations.push_back({step.version, std::string(step.name), checksum(step.sql), std::nullopt});
  }
  for (const auto& row : history.rows) {
    const auto version = static_cast<int>(std::get<std::int64_t>(row[0]));
    if (version > static_cast<int>(migrations.size())) {
      return conflict("the catalog was written by a newer Spectrum (schema version " + std::to_string(version) +
                      ", this program knows " + std::to_string(migrations.size()) + "): start that version instead");
    }
    const auto index = static_cast<std::size_t>(version - 1);
    if (version < 1 || migrations[index].checksum != std::get<std::string>(row[2])) {
      return conflict("the catalog's schema step " + std::to_string(version) +
                      " is not the one of this program: the file was changed by hand or by an unreleased version");
    }
    migrations[index].applied_at = from_micros(std::get<std::int64_t>(row[3]));
  }
  return migrations;
}

Status migrate(ports::Database& database, const Clock& clock) {
  TRY(const auto migrations, migration_status(database));
  for (const auto& step : steps()) {
    if (!migrations[static_cast<std::size_t>(step.version - 1)].applied_at) {
      CHECK_OK(apply(database, step, clock.now()));
    }
  }
  return {};
}

}  // namespace spectrum::catalog
