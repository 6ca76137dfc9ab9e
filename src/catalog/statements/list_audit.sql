-- Newest first. $1 project (0 for all), $2 only ids below this, $3 limit
SELECT a.id, a.happened_at, a.actor, p.id, a.action, a.target, a.details
FROM audit_entries a LEFT JOIN projects p ON p.number = a.project_number
WHERE ($1 = 0 OR a.project_number = $1) AND a.id < $2
ORDER BY a.id DESC
LIMIT $3
