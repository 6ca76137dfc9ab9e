// What is SQLite's own; what every database promises is in tests/contract/database_test.cc.
#include "adapters/sqlite/sqlite_database.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace spectrum::adapters {
namespace {

TEST(SqliteDatabaseTest, AFileThatIsNoDatabaseIsCorrupt) {
  TempDir folder;
  std::ofstream(folder / "catalog.db") << std::string(5000, 'x');
  EXPECT_EQ(SqliteDatabase::open(folder / "catalog.db").error().code, Errc::corrupt);
}

TEST(SqliteDatabaseTest, AFolderThatIsNotThereIsUnavailable) {
  TempDir folder;
  EXPECT_EQ(SqliteDatabase::open(folder / "nothing/catalog.db").error().code, Errc::unavailable);
}

TEST(SqliteDatabaseTest, SyncsFullyAndChecksReferences) {
  TempDir folder;
  const auto database = SqliteDatabase::open(folder / "catalog.db").value();
  const auto setting = [&](std::string_view name) { return database->execute("PRAGMA " + std::string(name)).value().rows[0][0]; };
  EXPECT_EQ(setting("synchronous"), ports::Value(std::int64_t{2}));
  EXPECT_EQ(setting("foreign_keys"), ports::Value(std::int64_t{1}));
  EXPECT_EQ(setting("journal_mode"), ports::Value(std::string("wal")));
}

TEST(SqliteDatabaseTest, AStatementThatFailedCanBeAskedAgainWithOtherValues) {
  TempDir folder;
  const auto database = SqliteDatabase::open(folder / "catalog.db").value();
  ASSERT_TRUE(database->execute_script("CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)").ok());
  const auto insert = [&](std::int64_t id, ports::Value note) {
    const std::vector<ports::Value> values = {id, std::move(note)};
    return database->execute("INSERT INTO t VALUES ($1, $2)", values);
  };
  ASSERT_TRUE(insert(1, std::string("one")).ok());
  EXPECT_EQ(insert(1, std::string("again")).error().code, Errc::conflict);
  ASSERT_TRUE(insert(2, ports::Value()).ok());
  const auto rows = database->execute("SELECT note FROM t ORDER BY id").value().rows;
  EXPECT_EQ(rows, (std::vector<std::vector<ports::Value>>{{std::string("one")}, {ports::Value()}}));
}

TEST(SqliteDatabaseTest, ATextMayHoldTheByteZero) {
  TempDir folder;
  const auto database = SqliteDatabase::open(folder / "catalog.db").value();
  const std::vector<ports::Value> values = {std::string("a\0b", 3)};
  EXPECT_EQ(database->execute("SELECT $1", values).value().rows[0][0], values[0]);
}

}  // namespace
}  // namespace spectrum::adapters
