// What every adapter of the Database port promises.
#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "adapters/sqlite/sqlite_database.h"
#include "tests/support/temp_dir.h"

namespace spectrum {
namespace {

using ports::Value;
using testing::ElementsAre;

/// A new store in a folder, or the one that is there.
struct Adapter {
  std::string name;
  std::function<std::unique_ptr<ports::Database>(const std::string& folder)> open;

  /// Its name, instead of its bytes, in the names of tests.
  friend void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }
};

class DatabaseTest : public testing::TestWithParam<Adapter> {
 protected:
  DatabaseTest() {
    EXPECT_TRUE(database_->execute_script("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT UNIQUE, x DOUBLE PRECISION)").ok());
  }
  Result<ports::Rows> run(std::string_view sql, std::vector<Value> parameters = {}) { return database_->execute(sql, parameters); }
  std::int64_t count() { return std::get<std::int64_t>(run("SELECT count(*) FROM t").value().rows[0][0]); }
  void reopen() {
    database_.reset();
    database_ = GetParam().open(folder_.path());
  }

  TempDir folder_;
  std::unique_ptr<ports::Database> database_ = GetParam().open(folder_.path());
};

TEST_P(DatabaseTest, GivesBackWhatItWasGiven) {
  ASSERT_TRUE(run("INSERT INTO t VALUES ($1, $2, $3)", {std::int64_t{1} << 62, std::string("it's \"é\""), -0.125}).ok());
  const auto rows = run("SELECT id, name, x FROM t").value();
  EXPECT_THAT(rows.rows, ElementsAre(ElementsAre(Value(std::int64_t{1} << 62), Value(std::string("it's \"é\"")), Value(-0.125))));
  ASSERT_EQ(rows.columns.size(), 3);
  EXPECT_EQ(rows.columns[1].name, "name");
}

TEST_P(DatabaseTest, NullIsNotEmptyText) {
  ASSERT_TRUE(run("INSERT INTO t VALUES (1, $1, $2)", {std::string(), std::monostate{}}).ok());
  EXPECT_THAT(run("SELECT name, x FROM t").value().rows, ElementsAre(ElementsAre(Value(std::string()), Value(std::monostate{}))));
}

TEST_P(DatabaseTest, AnInstantIsItsMicroseconds) {
  ASSERT_TRUE(run("INSERT INTO t (id) VALUES ($1)", {from_micros(-5)}).ok());
  EXPECT_THAT(run("SELECT id FROM t").value().rows, ElementsAre(ElementsAre(Value(std::int64_t{-5}))));
}

TEST_P(DatabaseTest, AParameterMayComeTwiceAndInAnyOrder) {
  EXPECT_THAT(run("SELECT $2 + $1 * $1", {std::int64_t{3}, std::int64_t{4}}).value().rows, ElementsAre(ElementsAre(Value(std::int64_t{13}))));
}

TEST_P(DatabaseTest, AParameterIsNeverSql) {
  ASSERT_TRUE(run("INSERT INTO t (id, name) VALUES (1, $1)", {std::string("'); DROP TABLE t; --")}).ok());
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, BreakingUniquenessIsAConflict) {
  ASSERT_TRUE(run("INSERT INTO t (id, name) VALUES (1, 'a')").ok());
  EXPECT_EQ(run("INSERT INTO t (id, name) VALUES (1, 'b')").error().code, Errc::conflict);
  EXPECT_EQ(run("INSERT INTO t (id, name) VALUES (2, 'a')").error().code, Errc::conflict);
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, AWrongStatementIsInternal) {
  EXPECT_EQ(run("SELECT nothing FROM nowhere").error().code, Errc::internal);
  EXPECT_EQ(database_->execute_script("CREATE nonsense").error().code, Errc::internal);
}

TEST_P(DatabaseTest, WhatWasStoredIsThereAfterReopening) {
  ASSERT_TRUE(run("INSERT INTO t (id) VALUES (1)").ok());
  reopen();
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, AScriptRunsAllItsStatements) {
  ASSERT_TRUE(database_->execute_script("INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2);").ok());
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseTest, ATransactionIsStoredWhole) {
  ASSERT_TRUE(database_->transaction([](ports::Database& transaction) -> Status {
    CHECK_OK(transaction.execute_script("INSERT INTO t (id) VALUES (1)"));
    return transaction.execute_script("INSERT INTO t (id) VALUES (2)");
  }).ok());
  reopen();
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseTest, AFailedTransactionIsUndoneWhole) {
  const auto failed = database_->transaction([](ports::Database& transaction) -> Status {
    CHECK_OK(transaction.execute_script("INSERT INTO t (id) VALUES (1)"));
    return invalid("changed my mind");
  });
  EXPECT_EQ(failed.error().message, "changed my mind");
  EXPECT_EQ(count(), 0);
  ASSERT_TRUE(run("INSERT INTO t (id) VALUES (1)").ok());
}

TEST_P(DatabaseTest, AStatementThatFailsUndoesItsTransaction) {
  const auto failed = database_->transaction([](ports::Database& transaction) -> Status {
    CHECK_OK(transaction.execute_script("INSERT INTO t (id) VALUES (1)"));
    CHECK_OK(transaction.execute("INSERT INTO t (id) VALUES (1)"));
    return {};
  });
  EXPECT_EQ(failed.error().code, Errc::conflict);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, TransactionsOfSeveralThreadsDoNotMix) {
  constexpr int kThreads = 4, kRounds = 25;
  ASSERT_TRUE(run("INSERT INTO t (id, x) VALUES (1, 0)").ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const auto added = database_->transaction([](ports::Database& transaction) -> Status {
          TRY(const auto rows, transaction.execute("SELECT x FROM t WHERE id = 1"));
          const std::vector<Value> more = {std::get<double>(rows.rows[0][0]) + 1};
          CHECK_OK(transaction.execute("UPDATE t SET x = $1 WHERE id = 1", more));
          return {};
        });
        EXPECT_TRUE(added.ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(run("SELECT x FROM t").value().rows, ElementsAre(ElementsAre(Value(double{kThreads * kRounds}))));
}

INSTANTIATE_TEST_SUITE_P(Adapters, DatabaseTest,
                         testing::Values(Adapter{"sqlite",
                                                 [](const std::string& folder) -> std::unique_ptr<ports::Database> {
                                                   return adapters::SqliteDatabase::open(folder + "/catalog.db").value();
                                                 }}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace spectrum
