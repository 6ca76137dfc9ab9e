-- One row if an event has the type. $1 project, $2 event type
SELECT 1 AS found FROM fact_events e WHERE e.project_id = $1 AND e.event_type = $2 LIMIT 1
