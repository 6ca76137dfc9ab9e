-- One row: an item, by id. $1 kind, $2 project, $3 only ids above this, $4 limit
SELECT id, content, version, created_at, updated_at, updated_by
FROM saved_items
WHERE kind = $1 AND project_number = $2 AND id > $3 AND is_removed = 0
ORDER BY id
LIMIT $4
