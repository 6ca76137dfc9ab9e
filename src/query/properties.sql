-- One row: an event, its properties and its columns. $1 project, $2 from, $3 until, $4 as_of; further ones belong to the rest
SELECT CAST(e.properties AS VARCHAR){columns}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
