-- One row: a bucket, an event type, or (both null) everything; kind says which of them.
-- $1 project, $2 from, $3 until, $4 as_of, $5 event type ('' for all)
SELECT bucket, event_type, CAST(GROUPING(bucket) * 2 + GROUPING(event_type) AS BIGINT) AS kind,
       count(*) AS events, count(DISTINCT user_id) AS users
FROM (
  SELECT {bucket} AS bucket, e.event_type, e.user_id
  FROM fact_events e
  WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq <= $4
    AND ($5 = '' OR e.event_type = $5)
) matching
GROUP BY GROUPING SETS ((bucket), (event_type), ())
ORDER BY events DESC, event_type
