-- One row: an event that makes its user active at its time.
-- $1 project, $2 from, $3 until, $4 after, $5 as_of; further ones belong to the condition
SELECT e.user_id, e.occurred_at{type}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq > $4 AND e.seq <= $5 AND {condition}
