-- $1 received since.
SELECT project_id, event_id, received_at FROM fact_events WHERE received_at >= $1
