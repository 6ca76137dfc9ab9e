-- One row: an order or a refund, and its values of the breakdown. $1 project, $2 from, $3 until, $4 as_of; further ones
-- belong to the rest
SELECT e.time_id, e.amount_minor, e.user_id, CAST(CASE WHEN {is_order} THEN 1 ELSE 0 END AS BIGINT), e.currency{texts}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq <= $4 AND {condition}
