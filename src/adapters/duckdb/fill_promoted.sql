-- The columns of some facts. $1 after, $2 until; further ones are the places of the properties.
UPDATE fact_events SET {columns} WHERE seq > $1 AND seq <= $2
