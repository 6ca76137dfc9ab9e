-- Ids of facts that may be the same as an event of the batch. $1 received before, $2 and $3 the batch's own range.
SELECT project_id, event_id FROM fact_events
WHERE received_at < $1 AND occurred_at BETWEEN $2 AND $3
