-- One row: an event that a series measures: its minute, what of it is measured, and its values of the breakdown.
-- $1 project, $2 from, $3 until, $4 as_of; further ones belong to the columns and the condition
SELECT e.time_id{columns}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND {time} AND e.seq <= $4 AND {condition}
