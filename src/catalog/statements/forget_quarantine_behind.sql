-- $1 a log position
DELETE FROM quarantine WHERE id > $1 RETURNING id
