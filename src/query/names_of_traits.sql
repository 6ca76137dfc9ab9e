-- One row: the traits of a user, of the newest. $1 project
SELECT CAST(u.traits AS VARCHAR) FROM dim_users u WHERE u.project_id = $1 AND u.traits IS NOT NULL ORDER BY u.user_id DESC LIMIT {limit}
