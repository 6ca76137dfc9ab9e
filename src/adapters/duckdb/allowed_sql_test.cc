#include "adapters/duckdb/allowed_sql.h"

#include <duckdb.h>
#include <gmock/gmock.h>

#include "adapters/duckdb/connection.h"

namespace spectrum::duckdb {
namespace {

using testing::HasSubstr;

class AllowedSqlTest : public testing::Test {
 protected:
  AllowedSqlTest() {
    duckdb_database raw = nullptr;
    duckdb_open(nullptr, &raw);
    database_.reset(raw);
    connection_.emplace(Connection::open(raw).value());
  }

  /// Why it is refused; empty when it is not.
  std::string refusal(const std::string& sql) {
    const std::vector<ports::Value> text = {sql};
    const auto tree = connection_->query("SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", text);
    const auto checked = check_allowed(std::get<std::string>(tree.value().rows[0][0]));
    return checked.ok() ? "" : checked.error().message;
  }

 private:
  Handle<_duckdb_database> database_;
  std::optional<Connection> connection_;
};

TEST_F(AllowedSqlTest, ASelectOverTheStarSchemaMayRun) {
  for (const std::string sql : {
           "SELECT 1",
           "FROM fact_events",
           "SELECT * FROM main.fact_events e JOIN dim_users u USING (user_id) LEFT JOIN dim_products p ON true",
           "SELECT * FROM Dim_Sessions, \"DIM_TIME\"",
           "WITH a AS (SELECT * FROM fact_events), b AS (SELECT * FROM a) SELECT * FROM b, A",
           "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT * FROM t",
           "SELECT * FROM (SELECT * FROM fact_events) x WHERE EXISTS (SELECT 1 FROM dim_users)",
           "SELECT * FROM range(3), generate_series(1, 2), unnest([1])",
           "SELECT * FROM information_schema.tables, information_schema.columns",
           "VALUES (1), (2)",
           "SHOW TABLES",
           "DESCRIBE fact_events",
       }) {
    EXPECT_EQ(refusal(sql), "") << sql;
  }
}

TEST_F(AllowedSqlTest, NothingElseIsReachable) {
  for (const std::string sql : {
           "SELECT * FROM '/etc/passwd'",
           "SELECT * FROM 'x.parquet'",
           "SELECT * FROM read_parquet('x')",
           "SELECT * FROM READ_CSV('x')",
           "SELECT * FROM read_text('x'), glob('*')",
           "SELECT * FROM fact_events, (SELECT * FROM read_blob('x'))",
           "SELECT (SELECT count(*) FROM parquet_scan('x'))",
           "WITH x AS (SELECT * FROM read_json('x')) SELECT * FROM x",
           "SELECT * FROM query('SELECT 1')",
           "SELECT * FROM query_table('fact_events')",
           "SELECT * FROM duckdb_views()",
           "SELECT * FROM duckdb_settings()",
           "SELECT * FROM pragma_table_info('fact_events')",
           "SELECT * FROM sqlite_master",
           "SELECT * FROM pg_catalog.pg_views",
           "SELECT * FROM other.fact_events",
           "SELECT * FROM information_schema.views",
           "SELECT * FROM ledger",
           "DESCRIBE (SELECT * FROM read_csv('x'))",
           "SUMMARIZE ledger",
           "SELECT 1 UNION ALL SELECT * FROM glob('*')",
       }) {
    EXPECT_NE(refusal(sql), "") << sql;
  }
}

TEST_F(AllowedSqlTest, OnlyOneSelectMayRun) {
  for (const std::string sql : {"DROP VIEW fact_events", "CREATE TABLE t (a INTEGER)", "INSERT INTO fact_events VALUES (1)", "COPY fact_events TO 'x'",
                                "ATTACH 'x'", "PRAGMA version", "SET threads = 9", "INSTALL httpfs", "LOAD httpfs", "CALL pragma_version()",
                                "EXPLAIN ANALYZE SELECT 1", "BEGIN", "EXPORT DATABASE 'x'", "CHECKPOINT"}) {
    EXPECT_THAT(refusal(sql), HasSubstr("SELECT")) << sql;
  }
  EXPECT_THAT(refusal("SELECT 1; SELECT 2"), HasSubstr("one statement"));
  EXPECT_THAT(refusal(""), HasSubstr("one statement"));
}

TEST_F(AllowedSqlTest, ARefusalSaysWhere) {
  EXPECT_THAT(refusal("SELECT * FROM secrets"), testing::StartsWith("@14 there is no table 'secrets'"));
  EXPECT_THAT(refusal("SELECT * FRM fact_events"), testing::StartsWith("@13 syntax error"));
}

}  // namespace
}  // namespace spectrum::duckdb
