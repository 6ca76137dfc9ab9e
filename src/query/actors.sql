-- One row: a user. $1 project, $2 a list of keys separated by commas
SELECT u.user_uuid, u.anonymous, u.first_seen, u.last_seen, coalesce(u.segment, ''), coalesce(CAST(u.traits AS VARCHAR), '')
FROM dim_users u
JOIN (SELECT CAST(unnest(string_to_array($2, ',')) AS BIGINT) AS user_id) wanted ON wanted.user_id = u.user_id
WHERE u.project_id = $1
ORDER BY u.user_id
