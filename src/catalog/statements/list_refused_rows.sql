-- Rows of files, oldest first. $1 received at or after, $2 only ids above this, $3 limit
SELECT id, project_number, received_at, source, code, message, pointer, payload, file, line, replayed_at
FROM quarantine
WHERE source = 'load' AND received_at >= $1 AND id > $2
ORDER BY id
LIMIT $3
