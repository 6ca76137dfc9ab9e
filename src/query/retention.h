#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/scope.h"

namespace spectrum::query {

/// How many of those who did something came back after so many days, weeks or months.
struct Retention {
  struct Cell {
    std::int64_t count = 0;
    double rate = 0;        ///< of the cohort's size
    bool is_complete = false;  ///< its time is over for the whole cohort
  };
  struct Cohort {
    std::string start;  ///< its bucket's label
    std::int64_t size = 0;
    std::vector<Cell> cells;
  };
  struct Mean {
    std::optional<double> rate;  ///< over the cohorts whose cell is complete, weighted by size
    std::int64_t cohorts = 0;    ///< so many are
  };
  struct Table {
    std::vector<Cohort> cohorts;  ///< those of nobody are left out
    std::vector<Mean> mean;
  };
  struct Row {
    std::vector<std::string> breakdown;
    std::optional<std::size_t> other_values;  ///< of `$other`: so many are poured together
    Table table;
  };
  Table table;
  std::optional<std::vector<Row>> breakdown;
};

/// Answers `POST /api/v1/query/retention`; `body` is the whole request.
Result<Retention> ask_retention(ports::Warehouse& warehouse, const Scope& scope, const Json& body);

/// The users whom `{"cohort":"2026-03-02","n"?:1,"outcome"?:"returned"|"lost","breakdown"?:[…]}` chooses, ascending;
/// without `n` the whole cohort.
Result<std::vector<std::int64_t>> retention_actors(ports::Warehouse& warehouse, const Scope& scope, const Json& body,
                                                   const Json& select);

}  // namespace spectrum::query
