SELECT session_id, project_id, session_uuid, started_at, duration_s FROM dim_sessions
