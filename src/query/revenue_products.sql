-- One row: a product in a currency, the best first. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the rest
SELECT currency, sku, name, category, net, orders, buyers FROM (
  SELECT e.currency, p.sku, coalesce(p.name, '') AS name, coalesce(p.category, '') AS category,
         CAST(sum(CASE WHEN {is_order} THEN e.amount_minor ELSE -e.amount_minor END) AS BIGINT) AS net,
         count(*) FILTER (WHERE {is_order}) AS orders,
         count(DISTINCT CASE WHEN {is_order} THEN e.user_id END) AS buyers
  FROM fact_events e JOIN dim_products p ON p.product_id = e.product_id{joins}
  WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq <= $4 AND {condition}
  GROUP BY e.currency, p.sku, p.name, p.category
) products
ORDER BY net DESC, sku COLLATE "C", currency COLLATE "C"
LIMIT {limit}
