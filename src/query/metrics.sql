-- One row: an event. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the condition
SELECT e.time_id, e.user_id, e.event_type
FROM fact_events e
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
