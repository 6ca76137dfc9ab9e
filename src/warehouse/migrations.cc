#include "warehouse/migrations.h"

#include <array>

#include "warehouse/sql.h"

namespace spectrum::warehouse {

std::span<const Migration> migrations() {
  static const std::array kMigrations = std::to_array<Migration>({{1, sql::m0001_star}, {2, sql::m0002_promoted}});
  return kMigrations;
}

}  // namespace spectrum::warehouse
