SELECT CAST(sum(memory_usage_bytes) AS BIGINT) FROM duckdb_memory()
