-- One row: the users who were exposed to one variant only ({variant}, and `several` false), or first to that one of
-- several; and how many of them converted.
-- $1 project, $2 as_of, $3 experiment, $4 window in seconds; further ones belong to the goal and to {until}
WITH exposed AS (
  SELECT user_id, variant, occurred_at, seq, several
  FROM (
    SELECT e.user_id, e.variant, e.occurred_at, e.seq,
           row_number() OVER (PARTITION BY e.user_id ORDER BY e.occurred_at, e.seq) AS place,
           min(e.variant) OVER (PARTITION BY e.user_id) <> max(e.variant) OVER (PARTITION BY e.user_id) AS several
    FROM fact_events e
    WHERE e.project_id = $1 AND e.seq <= $2 AND e.experiment_id = $3 AND e.variant IS NOT NULL{until}
  ) exposures
  WHERE place = 1
), converted AS (
  SELECT DISTINCT x.user_id
  FROM exposed x
  JOIN fact_events e ON e.user_id = x.user_id{joins}
  WHERE e.project_id = $1 AND e.seq <= $2
    AND (e.occurred_at > x.occurred_at OR (e.occurred_at = x.occurred_at AND e.seq >= x.seq))
    AND e.occurred_at <= x.occurred_at + CAST($4 AS BIGINT) * INTERVAL '1 second'
    AND {goal}{until}
)
SELECT x.variant, x.several, count(*) AS users, count(c.user_id) AS conversions
FROM exposed x
LEFT JOIN converted c ON c.user_id = x.user_id
GROUP BY x.variant, x.several
