-- One row: an event type. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the condition
SELECT e.event_type, count(*) AS events, max(e.occurred_at) AS last_seen
FROM fact_events e{joins}
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
GROUP BY e.event_type
ORDER BY count(*) DESC, e.event_type COLLATE "C"
