INSERT INTO {table} ({names}) SELECT {columns} FROM read_parquet({files}, hive_partitioning = false)
