-- One row: a bucket that has events, and what is measured in it; the row without a bucket is the whole range.
-- $1 project, $2 from, $3 until, $4 as_of; further ones belong to the condition
SELECT bucket, count(*) AS events, count(DISTINCT user_id) AS users
FROM (
  SELECT {bucket} AS bucket, e.user_id
  FROM fact_events e{joins}
  WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq <= $4 AND {condition}
) matching
GROUP BY GROUPING SETS ((bucket), ())
