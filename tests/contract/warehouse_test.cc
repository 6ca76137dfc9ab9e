// What every Warehouse promises. An adapter joins by one line at the end.
#include "ports/warehouse.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <thread>

#include "adapters/duckdb/warehouse.h"
#include "tests/support/random_events.h"
#include "tests/support/star_model.h"
#include "tests/support/temp_dir.h"
#include "warehouse/compare.h"
#include "warehouse/tables.h"

namespace spectrum {
namespace {

using ports::LoadBatch;
using ports::PositionedEvent;
using ports::Value;
using Rows = StarModel::Rows;

struct Adapter {
  std::string name;
  /// Opens the warehouse that belongs to a folder; the same one for the same folder.
  std::function<std::unique_ptr<ports::Warehouse>(const std::string& folder)> open;

  /// Its name, instead of its bytes, in the names of tests.
  friend void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }
};

constexpr Timestamp kNoon{std::chrono::seconds(1'790'078'400)};  // 2026-09-22, a Tuesday

model::Event event_at(std::string_view id, std::string_view user, Timestamp occurred_at) {
  model::Event event;
  event.event_id = id;
  event.event_type = "page_view";
  event.user_id = user;
  event.occurred_at = occurred_at;
  event.received_at = kNoon;
  return event;
}

std::int64_t number(const Value& value) { return std::get<std::int64_t>(value); }

class WarehouseContract : public testing::TestWithParam<Adapter> {
 protected:
  std::unique_ptr<ports::Warehouse> open(const std::string& name = "main") {
    const std::string folder = folder_.path() + "/" + name;
    std::filesystem::create_directories(folder);
    return GetParam().open(folder);
  }
  void open_again(const std::string& name = "main") {
    ASSERT_TRUE(warehouse_->checkpoint().ok());
    warehouse_.reset();
    warehouse_ = open(name);
  }

  Result<ports::LoadResult> load(std::span<const PositionedEvent> events, Timestamp deduplicated_since = {}) {
    std::vector<ports::LedgerDelta> ledger;
    for (const auto& [position, event] : events) {
      ledger.push_back(
          {event.project_id, std::chrono::floor<std::chrono::hours>(event.received_at), 1, 0, 0});
    }
    const model::Position after = warehouse_->cursor().value();
    return warehouse_->load({events, ledger, after, after + events.size(), deduplicated_since});
  }
  Result<ports::LoadResult> load(const std::vector<model::Event>& events, Timestamp deduplicated_since = {}) {
    std::vector<PositionedEvent> positioned;
    model::Position position = warehouse_->cursor().value();
    for (const auto& event : events) positioned.push_back({++position, event});
    return load(positioned, deduplicated_since);
  }

  /// A whole table in the order of its first column; for dates the days since 1970.
  Rows table(std::string_view name) {
    std::string columns, first;
    for (const auto& column : warehouse::table(name).columns) {
      const bool is_date = column.type == warehouse::ColumnType::date;
      columns += (columns.empty() ? "" : ", ") +
                 (is_date ? "event_date - CAST('1970-01-01' AS DATE)" : std::string(column.name));
    }
    const std::string key(warehouse::table(name).key);
    return query("SELECT " + columns + " FROM " + std::string(name) + " ORDER BY " + key);
  }
  Rows query(const std::string& sql, std::vector<Value> parameters = {}) {
    auto answer = warehouse_->query(sql, parameters);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message);
    return answer.ok() ? std::move(answer->rows) : Rows();
  }
  void expect_equal(const StarModel& model) {
    EXPECT_EQ(table("fact_events"), model.facts());
    EXPECT_EQ(table("dim_users"), model.users());
    EXPECT_EQ(table("dim_products"), model.products());
    EXPECT_EQ(table("dim_sessions"), model.sessions());
    EXPECT_EQ(table("dim_time"), model.minutes());
  }
  std::set<std::string> ids_since(Timestamp since) {
    std::set<std::string> ids;
    EXPECT_TRUE(warehouse_
                    ->for_each_event_id(
                        since,
                        [&](model::ProjectId project, std::string_view id, Timestamp received_at) {
                          EXPECT_GE(received_at, since);
                          EXPECT_TRUE(ids.insert(std::to_string(project) + "/" + std::string(id)).second);
                        })
                    .ok());
    return ids;
  }
  std::string export_folder(const std::string& name) {
    const std::string folder = folder_.path() + "/" + name;
    std::filesystem::create_directories(folder);
    return folder;
  }

  TempDir folder_;
  std::unique_ptr<ports::Warehouse> warehouse_ = open();
};

TEST_P(WarehouseContract, IsEmptyAtFirst) {
  EXPECT_EQ(warehouse_->cursor().value(), 0u);
  for (const auto& each : warehouse::tables()) EXPECT_TRUE(table(each.name).empty()) << each.name;
}

TEST_P(WarehouseContract, TablesAreAsTheListSays) {
  for (const auto& each : warehouse::tables()) {
    std::vector<std::string> names;
    for (const auto& row : query("SELECT column_name FROM information_schema.columns WHERE table_name = $1 "
                                 "ORDER BY ordinal_position",
                                 {std::string(each.name)})) {
      names.push_back(std::get<std::string>(row[0]));
    }
    std::vector<std::string> wanted;
    for (const auto& column : each.columns) wanted.emplace_back(column.name);
    EXPECT_EQ(names, wanted);
  }
}

// Random events in batches of random sizes, replays and restarts in between: after each batch every table is
// what the naive model says.
TEST_P(WarehouseContract, TablesFollowFromEventsWhateverTheBatches) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    warehouse_.reset();
    warehouse_ = open("seed " + std::to_string(seed));
    RandomEvents random(seed);
    StarModel model;
    for (int step = 0; step < 12; ++step) {
      const auto events =
          random.next(static_cast<std::size_t>(1 + random.pick(120)), warehouse_->cursor().value());
      for (const auto& [position, event] : events) model.add(position, event);
      ASSERT_EQ(load(events).value().stored, events.size());
      if (random.pick(3) == 0) open_again("seed " + std::to_string(seed));
      if (random.pick(3) == 0) {
        ASSERT_EQ(warehouse_->load({events, {}, events.front().position - 1, events.back().position, {}})
                      .value()
                      .stored,
                  0u);
      }
      expect_equal(model);
    }
    EXPECT_EQ(number(query("SELECT CAST(sum(stored) AS BIGINT) FROM ledger")[0][0]),
              static_cast<std::int64_t>(table("fact_events").size()));
  }
}

TEST_P(WarehouseContract, SurrogateKeysDoNotDependOnBatches) {
  RandomEvents random(7);
  const auto events = random.next(500, 0);
  ASSERT_TRUE(load(events).ok());
  auto other = open("other");
  for (std::size_t begin = 0; begin < events.size(); begin += 7) {
    const auto part = std::span(events).subspan(begin, std::min<std::size_t>(7, events.size() - begin));
    ASSERT_TRUE(other->load({part, {}, begin, begin + part.size(), {}}).ok());
  }
  warehouse_->query("DELETE FROM ledger", {}).value();
  const auto difference = warehouse::first_difference(*warehouse_, *other, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
}

TEST_P(WarehouseContract, LateEventMovesTheBeginningOfItsSession) {
  auto first = event_at("a", "ann", kNoon), late = event_at("b", "bob", kNoon - std::chrono::minutes(5));
  first.session_id = late.session_id = "visit";
  first.page = "/checkout";
  late.page = "/home";
  ASSERT_TRUE(load({first}).ok());
  ASSERT_TRUE(load({late}).ok());
  EXPECT_EQ(query("SELECT user_uuid, entry_page, duration_s FROM dim_sessions JOIN dim_users ON "
                  "dim_users.user_id = dim_sessions.user_id"),
            (Rows{{std::string("bob"), std::string("/home"), 300.0}}));
}

TEST_P(WarehouseContract, OfEventsAtOneInstantTheFirstBeginsTheSession) {
  auto first = event_at("a", "ann", kNoon), second = event_at("b", "bob", kNoon);
  first.session_id = second.session_id = "visit";
  second.page = "/second";
  ASSERT_TRUE(load({first}).ok());
  ASSERT_TRUE(load({second}).ok());
  EXPECT_EQ(query("SELECT user_id, entry_page FROM dim_sessions"), (Rows{{std::int64_t{1}, Value()}}));
}

TEST_P(WarehouseContract, AnonymousAndKnownUsersWithOneTextAreTwo) {
  auto known = event_at("a", "x", kNoon), anonymous = event_at("b", "", kNoon);
  anonymous.anonymous_id = "x";
  ASSERT_TRUE(load({known, anonymous}).ok());
  EXPECT_EQ(query("SELECT user_uuid, anonymous FROM dim_users ORDER BY user_id"),
            (Rows{{std::string("x"), false}, {std::string("x"), true}}));
}

TEST_P(WarehouseContract, ProjectsShareNoKeys) {
  auto one = event_at("same", "x", kNoon), two = event_at("same", "x", kNoon);
  two.project_id = 2;
  one.session_id = two.session_id = "visit";
  one.product_sku = two.product_sku = "sku";
  ASSERT_TRUE(load({one, two}, kNoon + std::chrono::hours(1)).ok());
  EXPECT_EQ(query("SELECT project_id, user_id, session_id, product_id FROM fact_events ORDER BY seq"),
            (Rows{{std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1}},
                  {std::int64_t{2}, std::int64_t{2}, std::int64_t{2}, std::int64_t{2}}}));
}

TEST_P(WarehouseContract, TimesBefore1970HaveTheirMinuteAndDay) {
  ASSERT_TRUE(load({event_at("a", "x", Timestamp(std::chrono::seconds(-1)))}).ok());
  EXPECT_EQ(query("SELECT time_id, event_date, hour, minute, day_of_week FROM dim_time"),
            (Rows{{std::int64_t{-1}, std::string("1969-12-31"), std::int64_t{23}, std::int64_t{59},
                   std::int64_t{3}}}));
}

TEST_P(WarehouseContract, ABatchLoadedBeforeIsSkipped) {
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}).ok());
  const PositionedEvent again{1, event_at("a", "x", kNoon)};
  const ports::LedgerDelta delta{1, kNoon, 1, 0, 0};
  EXPECT_EQ(warehouse_->load({{&again, 1}, {&delta, 1}, 0, 1, {}}).value().stored, 0u);
  EXPECT_EQ(table("fact_events").size(), 1u);
  EXPECT_EQ(
      table("ledger"),
      (Rows{{std::int64_t{1}, kNoon, std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}}}));
}

TEST_P(WarehouseContract, ABatchThatLeavesAGapIsRefused) {
  const PositionedEvent event{5, event_at("a", "x", kNoon)};
  EXPECT_EQ(warehouse_->load({{&event, 1}, {}, 4, 5, {}}).error().code, Errc::conflict);
  EXPECT_EQ(warehouse_->cursor().value(), 0u);
}

TEST_P(WarehouseContract, ABatchWithoutEventsMovesTheCursor) {
  const ports::LedgerDelta delta{1, kNoon, 0, 3, 4};
  ASSERT_TRUE(warehouse_->load({{}, {&delta, 1}, 0, 7, {}}).ok());
  open_again();
  EXPECT_EQ(warehouse_->cursor().value(), 7u);
  EXPECT_EQ(
      table("ledger"),
      (Rows{{std::int64_t{1}, kNoon, std::int64_t{0}, std::int64_t{3}, std::int64_t{4}, std::int64_t{0}}}));
}

TEST_P(WarehouseContract, LedgerDeltasAddUp) {
  const Timestamp later = kNoon + std::chrono::hours(1);
  const std::vector<ports::LedgerDelta> first = {
      {1, kNoon, 2, 0, 1}, {1, later, 1, 0, 0}, {1, kNoon, 1, 1, 0}};
  const std::vector<ports::LedgerDelta> second = {{1, kNoon, 1, 0, -1}, {2, kNoon, 1, 0, 0}};
  ASSERT_TRUE(warehouse_->load({{}, first, 0, 1, {}}).ok());
  ASSERT_TRUE(warehouse_->load({{}, second, 1, 2, {}}).ok());
  EXPECT_EQ(
      query("SELECT project_id, hour, stored, duplicate, quarantined FROM ledger ORDER BY project_id, hour"),
      (Rows{{std::int64_t{1}, kNoon, std::int64_t{4}, std::int64_t{1}, std::int64_t{0}},
            {std::int64_t{1}, later, std::int64_t{1}, std::int64_t{0}, std::int64_t{0}},
            {std::int64_t{2}, kNoon, std::int64_t{1}, std::int64_t{0}, std::int64_t{0}}}));
}

TEST_P(WarehouseContract, AnOldIdIsRefusedAndCountedAsDuplicate) {
  const Timestamp since = kNoon + std::chrono::hours(24);
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}, since).ok());
  auto again = event_at("a", "y", kNoon), fresh = event_at("b", "x", kNoon);
  again.received_at = fresh.received_at = since + std::chrono::hours(2);
  const auto result = load({fresh, again}, since).value();
  EXPECT_EQ(result.stored, 1u);
  EXPECT_EQ(result.duplicates, 1u);
  EXPECT_EQ(table("dim_users").size(), 1u);
  EXPECT_EQ(query("SELECT stored, duplicate FROM ledger ORDER BY hour"),
            (Rows{{std::int64_t{1}, std::int64_t{0}}, {std::int64_t{1}, std::int64_t{1}}}));
}

TEST_P(WarehouseContract, AnOldIdIsRefusedAfterARestartToo) {
  const Timestamp since = kNoon + std::chrono::hours(24);
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}, since).ok());
  open_again();
  EXPECT_EQ(load({event_at("a", "x", kNoon)}, since).value().duplicates, 1u);
}

TEST_P(WarehouseContract, AnOldIdIsRefusedWithinOneBatch) {
  const Timestamp since = kNoon + std::chrono::hours(24);
  EXPECT_EQ(load({event_at("a", "x", kNoon), event_at("b", "x", kNoon), event_at("a", "x", kNoon)}, since)
                .value()
                .duplicates,
            1u);
  EXPECT_EQ(query("SELECT seq FROM fact_events ORDER BY seq"), (Rows{{std::int64_t{1}}, {std::int64_t{2}}}));
}

TEST_P(WarehouseContract, IdsOfRecentEventsAreTrusted) {
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}, kNoon).ok());
  EXPECT_EQ(load({event_at("a", "x", kNoon)}, kNoon).value().duplicates, 0u);
}

TEST_P(WarehouseContract, ALoadThatFailsLeavesNothing) {
  RandomEvents random(11);
  StarModel model;
  const auto before = random.next(50, 0);
  for (const auto& [position, event] : before) model.add(position, event);
  ASSERT_TRUE(load(before).ok());
  query("ALTER TABLE ledger RENAME TO hidden");
  const auto events = random.next(5000, 50);
  EXPECT_FALSE(load(events).ok());
  EXPECT_FALSE(load(events).ok());
  query("ALTER TABLE hidden RENAME TO ledger");
  EXPECT_EQ(warehouse_->cursor().value(), 50u);
  expect_equal(model);

  for (const auto& [position, event] : events) model.add(position, event);
  ASSERT_TRUE(load(events).ok());
  expect_equal(model);
}

TEST_P(WarehouseContract, TextThatIsNotUtf8IsRepaired) {
  auto event = event_at("a\xFF", "m\xC3\xB6gl", kNoon);
  event.session_id = "\xC3";
  ASSERT_TRUE(load({event}).ok());
  open_again();
  auto again = event_at("b", "m\xC3\xB6gl", kNoon);
  again.session_id = "\xC3";
  ASSERT_TRUE(load({again}).ok());
  EXPECT_EQ(query("SELECT event_id, user_uuid, session_uuid FROM fact_events JOIN dim_users ON "
                  "dim_users.user_id = fact_events.user_id "
                  "JOIN dim_sessions ON dim_sessions.session_id = fact_events.session_id ORDER BY seq"),
            (Rows{{std::string("a\uFFFD"), std::string("mögl"), std::string("\uFFFD")},
                  {std::string("b"), std::string("mögl"), std::string("\uFFFD")}}));
}

TEST_P(WarehouseContract, BatchesOfManyVectorsLoadWhole) {
  RandomEvents random(13);
  const auto events = random.next(130'000, 0);
  ASSERT_TRUE(load(events).ok());
  EXPECT_EQ(query("SELECT count(*), count(DISTINCT event_id), max(seq) FROM fact_events"),
            (Rows{{std::int64_t{130'000}, std::int64_t{130'000}, std::int64_t{130'000}}}));
}

TEST_P(WarehouseContract, QueryTakesAndGivesEveryKindOfValue) {
  const std::vector<Value> values = {true, std::int64_t{-7}, 2.5, std::string("it's"), kNoon, Value()};
  EXPECT_EQ(query("SELECT CAST($1 AS BOOLEAN), CAST($2 AS BIGINT), CAST($3 AS DOUBLE PRECISION), CAST($4 AS "
                  "VARCHAR), "
                  "CAST($5 AS TIMESTAMP), CAST($6 AS VARCHAR)",
                  values),
            Rows{values});
}

TEST_P(WarehouseContract, QueryGivesPlainNumbersAndDates) {
  EXPECT_EQ(
      query("SELECT sum(x), 7/2, CAST(1.25 AS DECIMAL(9,2)), CAST('2026-11-21' AS DATE), CAST(3 AS SMALLINT) "
            "FROM (VALUES (CAST(1 AS BIGINT)), (CAST(2 AS BIGINT))) AS t(x)"),
      (Rows{{std::int64_t{3}, std::int64_t{3}, 1.25, std::string("2026-11-21"), std::int64_t{3}}}));
}

TEST_P(WarehouseContract, QueryNamesItsColumnsAndSaysWhatIsWrong) {
  EXPECT_EQ(warehouse_->query("SELECT 1 AS one, 'x' AS two", {}).value().columns[1].name, "two");
  EXPECT_NE(warehouse_->query("SELECT nonsense FROM fact_events", {}).error().message.find("nonsense"),
            std::string::npos);
  EXPECT_FALSE(warehouse_->query("SELECT CAST('x' AS BIGINT)", {}).ok());
  EXPECT_EQ(query("SELECT 1").size(), 1u);
}

TEST_P(WarehouseContract, AScanHandsOutNumbersForTextsWhateverTheirStorage) {
  RandomEvents random(19);
  ASSERT_TRUE(load(random.next(5'000, 0)).ok());
  for (const bool is_folded : {false, true}) {
    if (is_folded) ASSERT_TRUE(warehouse_->checkpoint().ok());
    std::vector<std::string> texts;
    const auto number = [&](std::string_view text) {
      const auto found = std::find(texts.begin(), texts.end(), text);
      if (found != texts.end()) return static_cast<std::int32_t>(found - texts.begin());
      texts.emplace_back(text);
      return static_cast<std::int32_t>(texts.size() - 1);
    };
    const std::vector<ports::CodedColumn> coded = {{"event_type", number}, {"source", number}, {"event_id", number}};
    std::set<std::vector<std::string>> found;
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      for (std::size_t row = 0; row < batch.rows(); ++row) {
        std::vector<std::string> cells = {std::to_string(batch.integers(0)[row])};
        for (const std::size_t column : {1u, 2u, 3u}) {
          const auto code = batch.codes(column)[row];
          cells.push_back(code < 0 ? "null" : texts[static_cast<std::size_t>(code)]);
        }
        found.insert(std::move(cells));
      }
      return {};
    };
    const std::string sql = "SELECT seq, event_type, source, event_id FROM fact_events WHERE seq % 3 <> 0";
    ASSERT_TRUE(warehouse_->scan(sql, {}, take, {}, coded).ok());
    std::set<std::vector<std::string>> wanted;
    for (const auto& row : query(sql)) {
      const auto text = [&](std::size_t column) { return row[column].index() == 0 ? "null" : std::get<std::string>(row[column]); };
      wanted.insert({std::to_string(std::get<std::int64_t>(row[0])), text(1), text(2), text(3)});
    }
    EXPECT_EQ(found, wanted);
    EXPECT_GT(wanted.size(), 3'000u);
  }
}

TEST_P(WarehouseContract, HandsOutIdsReceivedSince) {
  auto old = event_at("old", "x", kNoon), fresh = event_at("new", "x", kNoon);
  fresh.received_at = kNoon + std::chrono::hours(1);
  fresh.project_id = 2;
  ASSERT_TRUE(load({old, fresh}).ok());
  EXPECT_EQ(ids_since(kNoon), (std::set<std::string>{"1/old", "2/new"}));
  EXPECT_EQ(ids_since(kNoon + std::chrono::microseconds(1)), (std::set<std::string>{"2/new"}));
}

TEST_P(WarehouseContract, AnExportRestoresToEqualRows) {
  RandomEvents random(17);
  ASSERT_TRUE(load(random.next(3000, 0)).ok());
  const auto exported = warehouse_->export_parquet(0, export_folder("export")).value();
  EXPECT_EQ(exported.until, 3000u);
  auto other = open("other");
  ASSERT_TRUE(other->restore(exported, {}).ok());
  EXPECT_EQ(other->cursor().value(), 3000u);
  auto difference = warehouse::first_difference(*warehouse_, *other, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);

  const auto more = random.next(2000, 3000);
  ASSERT_TRUE(load(more).ok());
  std::swap(warehouse_, other);
  ASSERT_TRUE(load(more).ok());
  difference = warehouse::first_difference(*warehouse_, *other, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
}

TEST_P(WarehouseContract, AnExportHoldsFactsBehindAPositionByDate) {
  RandomEvents random(19);
  ASSERT_TRUE(load(random.next(900, 0)).ok());
  const auto exported = warehouse_->export_parquet(400, export_folder("export")).value();
  std::uint64_t facts = 0;
  std::set<std::string> dates;
  for (const auto& file : exported.files) {
    EXPECT_EQ(file.bytes, std::filesystem::file_size(file.path));
    if (file.table != warehouse::kFacts) continue;
    facts += file.rows;
    dates.insert(file.partition);
  }
  EXPECT_EQ(facts, 500u);
  std::set<std::string> wanted;
  for (const auto& row :
       query("SELECT DISTINCT CAST(occurred_at AS DATE) FROM fact_events WHERE seq > 400")) {
    wanted.insert(std::get<std::string>(row[0]));
  }
  EXPECT_EQ(dates, wanted);
}

TEST_P(WarehouseContract, MergedFilesHoldTheSameRows) {
  RandomEvents random(23);
  ASSERT_TRUE(load(random.next(300, 0)).ok());
  const auto first = warehouse_->export_parquet(0, export_folder("first")).value();
  ASSERT_TRUE(load(random.next(300, 300)).ok());
  const auto second = warehouse_->export_parquet(300, export_folder("second")).value();
  std::vector<ports::ParquetFile> facts;
  for (const auto* part : {&first, &second}) {
    for (const auto& file : part->files) {
      if (file.table == warehouse::kFacts) facts.push_back(file);
    }
  }
  const auto merged = warehouse_->merge_parquet(facts, export_folder("merged") + "/all.parquet").value();
  EXPECT_EQ(merged.rows, 600u);
  ports::Export all{600, {merged}};
  for (const auto& file : second.files) {
    if (file.table != warehouse::kFacts) all.files.push_back(file);
  }
  auto other = open("other");
  ASSERT_TRUE(other->restore(all, {}).ok());
  const auto difference = warehouse::first_difference(*warehouse_, *other, {}).value();
  EXPECT_FALSE(difference) << warehouse::describe(*difference);
}

TEST_P(WarehouseContract, HandsOutIdsOfFiles) {
  RandomEvents random(29);
  ASSERT_TRUE(load(random.next(200, 0)).ok());
  const auto exported = warehouse_->export_parquet(0, export_folder("export")).value();
  std::vector<ports::ParquetFile> facts;
  for (const auto& file : exported.files) {
    if (file.table == warehouse::kFacts) facts.push_back(file);
  }
  const Timestamp since =
      std::get<Timestamp>(query("SELECT received_at FROM fact_events WHERE seq = 100")[0][0]);
  std::set<std::string> ids;
  ASSERT_TRUE(warehouse_
                  ->for_each_event_id_in(facts, since,
                                         [&](model::ProjectId project, std::string_view id, Timestamp) {
                                           ids.insert(std::to_string(project) + "/" + std::string(id));
                                         })
                  .ok());
  EXPECT_EQ(ids, ids_since(since));
  EXPECT_EQ(ids.size(), 101u);
}

TEST_P(WarehouseContract, RestoreNeedsAnEmptyWarehouse) {
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}).ok());
  EXPECT_EQ(warehouse_->restore({5, {}}, {}).error().code, Errc::conflict);
}

TEST_P(WarehouseContract, ARestoreThatFailsLeavesNothing) {
  RandomEvents random(31);
  ASSERT_TRUE(load(random.next(100, 0)).ok());
  auto exported = warehouse_->export_parquet(0, export_folder("export")).value();
  std::filesystem::remove(exported.files.back().path);
  auto other = open("other");
  EXPECT_FALSE(other->restore(exported, {}).ok());
  other.reset();
  warehouse_ = open("other");
  EXPECT_EQ(warehouse_->cursor().value(), 0u);
  EXPECT_TRUE(table("fact_events").empty());
}

TEST_P(WarehouseContract, SurvivesACheckpointAndARestart) {
  RandomEvents random(37);
  StarModel model;
  const auto events = random.next(500, 0);
  for (const auto& [position, event] : events) model.add(position, event);
  ASSERT_TRUE(load(events).ok());
  open_again();
  EXPECT_GT(warehouse_->stats().file_bytes, 0u);
  EXPECT_EQ(warehouse_->checkpointed(), 500u);
  expect_equal(model);
}

TEST_P(WarehouseContract, SaysUpToWhereItSurvivesACrash) {
  ASSERT_TRUE(load({event_at("a", "x", kNoon)}).ok());
  ASSERT_TRUE(warehouse_->checkpoint().ok());
  EXPECT_EQ(warehouse_->checkpointed(), 1u);
  ASSERT_TRUE(load({event_at("b", "x", kNoon)}).ok());
  const auto safe = warehouse_->checkpointed();
  EXPECT_EQ(safe == 2u, warehouse_->stats().pending_bytes == 0) << "one that is safe at once has nothing pending";
  warehouse_.reset();
  warehouse_ = open();
  EXPECT_GE(warehouse_->cursor().value(), safe);
  EXPECT_EQ(table("fact_events").size(), warehouse_->cursor().value());
}

TEST_P(WarehouseContract, QuestionsSeeWholeTransactions) {
  std::atomic<bool> done = false;
  std::thread asking([&] {
    while (!done) {
      const auto rows =
          warehouse_->query("SELECT count(*), (SELECT position FROM load_cursor) FROM fact_events", {})
              .value()
              .rows;
      ASSERT_EQ(number(rows[0][0]), number(rows[0][1]));
    }
  });
  RandomEvents random(41);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(load(random.next(50, static_cast<model::Position>(i) * 50)).ok());
  done = true;
  asking.join();
}

const Adapter kDuckdb = {"duckdb", [](const std::string& folder) {
                           return duckdb::DuckdbWarehouse::open(folder + "/warehouse.duckdb", {}).value();
                         }};

INSTANTIATE_TEST_SUITE_P(Adapters, WarehouseContract, testing::Values(kDuckdb),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace spectrum
