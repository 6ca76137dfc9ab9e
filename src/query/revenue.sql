-- One row: an order or a refund, and its values of the breakdown. $1 project, $2 from, $3 until, $4 as_of; further ones
-- belong to the rest
SELECT e.time_id, e.amount_minor, e.user_id, e.product_id, e.event_type, e.currency{texts}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
