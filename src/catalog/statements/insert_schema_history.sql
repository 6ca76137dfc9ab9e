-- $1 version, $2 name, $3 checksum, $4 applied_at
INSERT INTO schema_history (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)
