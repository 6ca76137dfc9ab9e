-- Sessions that went on.
UPDATE dim_sessions SET duration_s = incoming.duration_s
FROM incoming WHERE dim_sessions.session_id = incoming.session_id
