#include "warehouse/tables.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace spectrum::warehouse {
namespace {

using enum ColumnType;

constexpr std::array kFactColumns = std::to_array<Column>(
    {{"event_id", text},       {"seq", bigint},          {"project_id", bigint}, {"user_id", bigint},
     {"product_id", bigint},   {"session_id", bigint},   {"time_id", bigint},    {"experiment_id", text},
     {"variant", text},        {"event_type", text},     {"value", real},        {"amount_minor", bigint},
     {"currency", text},       {"source", text},         {"entity_id", text},    {"status", text},
     {"occurred_at", instant}, {"received_at", instant}, {"anonymous_id", text}, {"properties", json},
     {"context", json}});

constexpr std::array kUserColumns = std::to_array<Column>({{"user_id", bigint},
                                                           {"project_id", bigint},
                                                           {"user_uuid", text},
                                                           {"anonymous", boolean},
                                                           {"first_seen", instant},
                                                           {"last_seen", instant},
                                                           {"segment", text},
                                                           {"traits", json}});

constexpr std::array kProductColumns = std::to_array<Column>({{"product_id", bigint},
                                                              {"project_id", bigint},
                                                              {"sku", text},
                                                              {"name", text},
                                                              {"category", text},
                                                              {"price_usd", real}});

constexpr std::array kSessionColumns = std::to_array<Column>({{"session_id", bigint},
                                                              {"project_id", bigint},
                                                              {"session_uuid", text},
                                                              {"user_id", bigint},
                                                              {"entry_page", text},
                                                              {"started_at", instant},
                                                              {"duration_s", real}});

constexpr std::array kTimeColumns = std::to_array<Column>({{"time_id", bigint},
                                                           {"event_date", date},
                                                           {"hour", integer},
                                                           {"minute", integer},
                                                           {"day_of_week", integer}});

constexpr std::array kLedgerColumns = std::to_array<Column>({{"project_id", bigint},
                                                             {"hour", instant},
                                                             {"stored", bigint},
                                                             {"duplicate", bigint},
                                                             {"quarantined", bigint},
                                                             {"erased", bigint}});

constexpr std::array kTables = std::to_array<Table>({{kFacts, kFactColumns, "seq"},
                                                     {"dim_users", kUserColumns, "user_id"},
                                                     {"dim_products", kProductColumns, "product_id"},
                                                     {"dim_sessions", kSessionColumns, "session_id"},
                                                     {"dim_time", kTimeColumns, "time_id"},
                                                     {kLedger, kLedgerColumns, "project_id,hour"}});

}  // namespace

std::span<const Table> tables() { return kTables; }

const Table& table(std::string_view name) {
  const auto found = std::ranges::find(kTables, name, &Table::name);
  SPECTRUM_ASSERT(found != kTables.end(), name);
  return *found;
}

}  // namespace spectrum::warehouse
