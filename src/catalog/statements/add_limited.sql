-- $1 project, $2 hour, $3 events
INSERT INTO limited_events (project_number, hour, events) VALUES ($1, $2, $3)
ON CONFLICT (project_number, hour) DO UPDATE SET events = limited_events.events + excluded.events
