-- Users of whom an earlier event or new attributes came; NULL: the attribute stays.
UPDATE dim_users
SET first_seen = incoming.first_seen,
    last_seen = incoming.last_seen,
    segment = coalesce(incoming.segment, dim_users.segment),
    traits = coalesce(incoming.traits, dim_users.traits)
FROM incoming WHERE dim_users.user_id = incoming.user_id
