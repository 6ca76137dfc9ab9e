-- $1 happened_at, $2 actor, $3 project, $4 action, $5 target, $6 details (JSON)
INSERT INTO audit_entries (id, happened_at, actor, project_number, action, target, details)
VALUES ((SELECT coalesce(max(id), 0) + 1 FROM audit_entries), $1, $2, $3, $4, $5, $6)
