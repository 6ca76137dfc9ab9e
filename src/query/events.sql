-- One row: an event, newest first. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the condition
SELECT e.event_id, e.event_type, who.user_uuid, who.anonymous, e.occurred_at, e.received_at, e.seq, e.anonymous_id,
       visit.session_uuid, item.sku, item.name, item.category, e.experiment_id, e.variant, e.source, e.entity_id, e.status,
       e.currency, item.price_usd, e.value, e.amount_minor, CAST(e.properties AS VARCHAR), CAST(e.context AS VARCHAR)
FROM fact_events e
JOIN (
  SELECT e.seq
  FROM fact_events e{joins}
  WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
  ORDER BY e.occurred_at DESC, e.seq DESC
  LIMIT {limit}
) page ON page.seq = e.seq
JOIN dim_users who ON who.user_id = e.user_id
LEFT JOIN dim_products item ON item.product_id = e.product_id
LEFT JOIN dim_sessions visit ON visit.session_id = e.session_id
ORDER BY e.occurred_at DESC, e.seq DESC
