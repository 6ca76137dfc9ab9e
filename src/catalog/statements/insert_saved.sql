-- $1 kind, $2 project, $3 content (JSON), $4 now, $5 actor
INSERT INTO saved_items (kind, id, project_number, content, version, created_at, updated_at, updated_by, is_removed)
VALUES ($1, (SELECT coalesce(max(id), 0) + 1 FROM saved_items WHERE kind = $1), $2, $3, 1, $4, $4, $5, 0)
RETURNING id, content, version, created_at, updated_at, updated_by
