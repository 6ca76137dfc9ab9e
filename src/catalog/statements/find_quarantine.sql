-- $1 project, $2 id
SELECT id, project_number, received_at, source, code, message, pointer, payload, file, line, replayed_at
FROM quarantine
WHERE project_number = $1 AND id = $2
