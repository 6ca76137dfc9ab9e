-- Rows with keys in [$1, $2], in the order of all of the table's keys.
SELECT {columns} FROM {table} WHERE {key} BETWEEN $1 AND $2 ORDER BY {keys}
