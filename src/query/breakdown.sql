-- One row: a combination of values, and how many combinations there are; the most frequent first. $1 project, $2 from,
-- $3 until, $4 as_of; further ones belong to the texts and the condition
SELECT {names}, count(*) OVER () AS combination_count FROM (
  SELECT {texts}, count(*) AS events
  FROM fact_events e{joins}
  WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
  GROUP BY {places}
) combinations
ORDER BY events DESC, {order}
LIMIT {limit}
