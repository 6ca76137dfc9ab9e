-- One row: where the newest events begin, and how many they are. $1 project, $2 from, $3 until, $4 as_of; further ones belong
-- to the condition
SELECT coalesce(min(seq), 0) AS first, count(*) AS events
FROM (
  SELECT e.seq
  FROM fact_events e{joins}
  WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
  ORDER BY e.seq DESC
  LIMIT {limit}
) newest
