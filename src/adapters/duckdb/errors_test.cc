#include "adapters/duckdb/errors.h"

#include <duckdb.h>
#include <gmock/gmock.h>

#include "adapters/duckdb/connection.h"

namespace spectrum::duckdb {
namespace {

TEST(Errors, WithoutATextSaySo) {
  EXPECT_EQ(to_error(DUCKDB_ERROR_IO, nullptr).message, "DuckDB gave no reason");
  EXPECT_EQ(prepare_error(nullptr).message, "DuckDB gave no reason");
}

TEST(Errors, DamagedBytesAreCorrupt) {
  const std::pair<duckdb_error_type, const char*> damage[] = {
      {DUCKDB_ERROR_IO, "IO Error: Could not read enough bytes from file \"w.duckdb\": attempted to read 262144"},
      {DUCKDB_ERROR_IO, "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2"},
      {DUCKDB_ERROR_FATAL, "FATAL Error: the database was invalidated. Original error: \"… stored checksum 2\""},
      {DUCKDB_ERROR_SERIALIZATION, "Serialization Error: Failed to deserialize: field id mismatch"},
      {DUCKDB_ERROR_INTERNAL, "INTERNAL Error: Failed to load metadata pointer (id 1, idx 2, ptr 3)"},
  };
  for (const auto& [type, text] : damage) {
    EXPECT_EQ(to_error(type, text).code, Errc::corrupt) << text;
  }
}

TEST(Errors, WhatMayPassIsNotCorrupt) {
  EXPECT_EQ(to_error(DUCKDB_ERROR_IO, "IO Error: Could not write file: No space left on device").code,
            Errc::unavailable);
  EXPECT_EQ(to_error(DUCKDB_ERROR_IO, "IO Error: Corrupt temporary file: header describes 1 bytes").code,
            Errc::unavailable);
  EXPECT_EQ(to_error(DUCKDB_ERROR_FATAL,
                     "FATAL Error: Failed to create checkpoint because of error: Corrupted in-memory column")
                .code,
            Errc::unavailable);
  EXPECT_EQ(to_error(DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory Error: failed to pin block").code,
            Errc::limited);
  EXPECT_EQ(to_error(DUCKDB_ERROR_TRANSACTION,
                     "TransactionContext Error: Failed to commit: failed to pin block of size 256.0 KiB")
                .code,
            Errc::limited);
  EXPECT_EQ(to_error(DUCKDB_ERROR_TRANSACTION,
                     "TransactionContext Error: Cannot CHECKPOINT: there are other write transactions active.")
                .code,
            Errc::conflict);
  EXPECT_EQ(to_error(DUCKDB_ERROR_INTERRUPT, "INTERRUPT Error: Interrupted!").code, Errc::unavailable);
}

class ConnectionErrorsTest : public testing::Test {
 protected:
  void SetUp() override {
    duckdb_database database = nullptr;
    ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
    database_.reset(database);
  }
  Error error_of(const std::string& sql) {
    auto connection = Connection::open(database_.get()).value();
    return connection.for_each_chunk(sql, {}, [](const Chunk&) {}).error();
  }
  Handle<_duckdb_database> database_;
};

TEST_F(ConnectionErrorsTest, AStatementThatCannotBePreparedSaysWhy) {
  EXPECT_THAT(error_of("SELECT nothing FROM nowhere").message, testing::HasSubstr("nowhere"));
}

TEST_F(ConnectionErrorsTest, AStatementThatFailsWhenItStartsSaysWhy) {
  const Error error = error_of("COPY (SELECT 1) TO '/no/such/folder/x.parquet' (FORMAT parquet, RETURN_STATS)");
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.message, testing::HasSubstr("/no/such/folder"));
}

TEST_F(ConnectionErrorsTest, AStatementThatFailsInBetweenSaysWhy) {
  const Error error = error_of("SELECT CAST(CASE WHEN i = 90000 THEN 'x' ELSE '1' END AS INTEGER) FROM range(100000) t(i)");
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_THAT(error.message, testing::HasSubstr("'x'"));
}

TEST_F(ConnectionErrorsTest, TooLittleMemoryIsLimited) {
  auto connection = Connection::open(database_.get()).value();
  ASSERT_TRUE(connection.run("SET memory_limit = '10MB'; SET temp_directory = ''").ok());
  const auto error = connection.query("SELECT list(repeat('x', 1000) || i) FROM range(1000000) t(i)");
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().code, Errc::limited) << error.error().message;
}

}  // namespace
}  // namespace spectrum::duckdb
