-- One row if an event has the property. $1 project, $2 its place
SELECT 1 AS found FROM fact_events e WHERE e.project_id = $1 AND property_text(e.properties, $2) IS NOT NULL LIMIT 1
