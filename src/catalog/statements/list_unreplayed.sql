-- Oldest first. $1 project, $2 code ('' for any), $3 only ids above this, $4 limit
SELECT id, project_number, received_at, source, code, message, pointer, payload, file, line, replayed_at
FROM quarantine
WHERE project_number = $1 AND ($2 = '' OR code = $2) AND id > $3 AND replayed_at IS NULL
ORDER BY id
LIMIT $4
