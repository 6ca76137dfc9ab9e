SELECT user_id, project_id, user_uuid, anonymous, first_seen, last_seen FROM dim_users
