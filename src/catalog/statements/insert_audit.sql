-- $1 happened_at, $2 actor, $3 action, $4 target, $5 details (JSON)
INSERT INTO audit_entries (id, happened_at, actor, action, target, details)
VALUES ((SELECT coalesce(max(id), 0) + 1 FROM audit_entries), $1, $2, $3, $4, $5)
