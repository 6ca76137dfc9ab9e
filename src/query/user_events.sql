-- One row: an event that a walk over a user's (or session's) events looks at; bit i of matches: it matches selector i,
-- of those selectors that have filters.
-- $1 project, $2 from, $3 until, $4 as_of; further ones belong to the conditions
SELECT {owner} AS owner, e.occurred_at, e.seq{matches}{texts}
FROM fact_events e{joins}
WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3 AND e.seq <= $4
  AND {part} AND {types} AND {condition}
