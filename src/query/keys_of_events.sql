-- One row: the properties of an event. $1 after, $2 until: its position
SELECT e.project_id, CAST(e.properties AS VARCHAR) FROM fact_events e WHERE e.seq > $1 AND e.seq <= $2 AND e.properties IS NOT NULL
