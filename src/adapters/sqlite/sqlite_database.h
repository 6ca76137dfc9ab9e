#pragma once

#include <memory>
#include <string>

#include "ports/database.h"

namespace spectrum::adapters {

/// The catalog in one SQLite file, with a write-ahead log and full syncs. One connection behind a mutex: the catalog is
/// small and its readers keep copies of what they ask often.
class SqliteDatabase final : public ports::Database {
 public:
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path);
  ~SqliteDatabase() override;

  Result<ports::Rows> execute(std::string_view sql, std::span<const ports::Value> parameters = {}) override;
  Status execute_script(std::string_view sql) override;
  Status transaction(const std::function<Status(ports::Database&)>& work) override;

 private:
  struct Impl;
  explicit SqliteDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::adapters
