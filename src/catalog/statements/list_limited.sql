-- $1 project, $2 from, $3 until
SELECT hour, events FROM limited_events WHERE project_number = $1 AND hour >= $2 AND hour < $3
