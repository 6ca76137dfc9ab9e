#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ports/value.h"

namespace spectrum::ports {

/// The small transactional store of the catalog: projects, keys, quarantine, audit. Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  /// Runs one statement with `$1 …` parameters. `conflict` when it breaks a uniqueness constraint.
  virtual Result<Rows> execute(std::string_view sql, std::span<const Value> parameters = {}) = 0;

  /// Runs several statements without parameters, as in a migration.
  virtual Status execute_script(std::string_view sql) = 0;

  /// Runs `work` in a transaction: durable when it returns, undone when `work` returns an error. No other thread's
  /// statement comes in between. Not to be nested.
  virtual Status transaction(const std::function<Status(Database&)>& work) = 0;
};

}  // namespace spectrum::ports
