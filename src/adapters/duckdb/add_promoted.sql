-- Columns that are null until they are filled. $1 property, $2 and $3 their names, $4 the cursor.
INSERT INTO promoted_properties VALUES ($1, $2, $3, 0, $4)
