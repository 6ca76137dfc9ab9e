-- Users who were seen again, and nothing else about them changed.
UPDATE dim_users SET last_seen = incoming.last_seen
FROM incoming WHERE dim_users.user_id = incoming.user_id
