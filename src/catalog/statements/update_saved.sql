-- One row: the item as it is then; none when it has another version. $1 kind, $2 project, $3 id, $4 version, $5 content
-- (JSON), $6 now, $7 actor, $8 whether it is removed
UPDATE saved_items
SET content = $5, version = version + 1, updated_at = $6, updated_by = $7, is_removed = $8
WHERE kind = $1 AND project_number = $2 AND id = $3 AND version = $4 AND is_removed = 0
RETURNING id, content, version, created_at, updated_at, updated_by
