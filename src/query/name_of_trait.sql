-- One row if a user has the trait. $1 project, $2 its place
SELECT 1 AS found FROM dim_users u WHERE u.project_id = $1 AND property_text(u.traits, $2) IS NOT NULL LIMIT 1
