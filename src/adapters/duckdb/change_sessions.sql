-- Sessions of which an earlier event came.
UPDATE dim_sessions
SET user_id = incoming.user_id,
    entry_page = incoming.entry_page,
    started_at = incoming.started_at,
    duration_s = incoming.duration_s
FROM incoming WHERE dim_sessions.session_id = incoming.session_id
