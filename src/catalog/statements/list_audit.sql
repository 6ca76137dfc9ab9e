-- Newest first. $1 only ids below this, $2 limit
SELECT id, happened_at, actor, action, target, details FROM audit_entries WHERE id < $1 ORDER BY id DESC LIMIT $2
