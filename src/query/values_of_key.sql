-- One row: how many different values a property has among newer events. $1 project, $2 its place, $3 after: their position
SELECT count(DISTINCT property_text(e.properties, $2)) FROM fact_events e WHERE e.project_id = $1 AND e.seq > $3
