-- $1 id (a log position), $2 project, $3 received_at, $4 source, $5 code, $6 message, $7 pointer, $8 payload, $9 file, $10 line
INSERT INTO quarantine (id, project_number, received_at, source, code, message, pointer, payload, file, line)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING
