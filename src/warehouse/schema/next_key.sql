-- The lowest key from $1 on; NULL when there is none.
SELECT min({key}) FROM {table} WHERE {key} >= $1
