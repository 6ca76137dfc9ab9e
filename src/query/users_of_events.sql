-- One row: a user of an event. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the condition
SELECT DISTINCT e.user_id
FROM fact_events e{joins}
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
ORDER BY e.user_id
