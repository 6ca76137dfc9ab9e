-- $1 id, $2 project number, $3 name, $4 scopes, $5 prefix, $6 secret_hash, $7 created_at, $8 expires_at
INSERT INTO api_keys (id, project_number, name, scopes, prefix, secret_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
