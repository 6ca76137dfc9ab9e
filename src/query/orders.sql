-- One row: an event of a type that has an amount. $1 project, $2 type, $3 from, $4 until, $5 after, $6 as_of
SELECT e.seq, e.occurred_at, e.amount_minor, e.user_id, e.product_id, e.currency
FROM fact_events e
WHERE e.project_id = $1 AND e.event_type = $2 AND e.occurred_at >= $3 AND e.occurred_at < $4 AND e.seq > $5 AND e.seq <= $6
  AND e.amount_minor IS NOT NULL
