-- One row: an event. $1 project, $2 from, $3 until, $4 after, $5 as_of
SELECT e.user_id, e.occurred_at, e.seq, e.event_type
FROM fact_events e
WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq > $4 AND e.seq <= $5
