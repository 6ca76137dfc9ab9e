INSERT INTO {table} SELECT {columns} FROM read_parquet({files}, hive_partitioning = false)
