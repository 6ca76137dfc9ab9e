-- One row: the highest keys of users and of sessions.
SELECT users.highest, sessions.highest
FROM (SELECT coalesce(max(user_id), 0) AS highest FROM dim_users) users,
     (SELECT coalesce(max(session_id), 0) AS highest FROM dim_sessions) sessions
