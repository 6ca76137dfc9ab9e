-- The columns of a property in some facts. $1 after, $2 until, $3 its place.
UPDATE fact_events SET {text} = property_text(properties, $3), {number} = property_number(properties, $3)
WHERE seq > $1 AND seq <= $2
