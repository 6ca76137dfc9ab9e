-- The lowest and highest key of a table; NULL when it is empty.
SELECT min({key}), max({key}), count(*) FROM {table}
