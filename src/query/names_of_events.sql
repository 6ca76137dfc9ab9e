-- One row: an event type. $1 project
SELECT DISTINCT e.event_type FROM fact_events e WHERE e.project_id = $1
