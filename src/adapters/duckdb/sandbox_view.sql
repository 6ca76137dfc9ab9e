-- A table of the star schema with the rows of one project.
CREATE VIEW {table} AS SELECT {columns} FROM read_parquet({files}, hive_partitioning = false){condition}
