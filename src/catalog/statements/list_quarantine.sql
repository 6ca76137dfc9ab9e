-- Newest first. $1 project, $2 code ('' for any), $3 only ids below this, $4 limit
SELECT id, project_number, received_at, source, code, message, pointer, payload, file, line, replayed_at
FROM quarantine
WHERE project_number = $1 AND ($2 = '' OR code = $2) AND id < $3
ORDER BY id DESC
LIMIT $4
