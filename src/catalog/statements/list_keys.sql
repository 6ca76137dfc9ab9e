SELECT k.id, k.name, p.number, p.id, k.scopes, k.prefix, k.secret_hash, k.created_at, k.expires_at, k.last_used_at
FROM api_keys k JOIN projects p ON p.number = k.project_number
WHERE k.revoked_at IS NULL
ORDER BY k.id
