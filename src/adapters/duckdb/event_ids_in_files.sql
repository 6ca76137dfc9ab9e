-- $1 received since.
SELECT project_id, event_id, CAST(received_at AS TIMESTAMP) FROM read_parquet({files}, hive_partitioning = false)
WHERE CAST(received_at AS TIMESTAMP) >= $1
