-- One row: the properties and the user's traits of an event, of the newest. $1 project
SELECT CAST(e.properties AS VARCHAR), CAST(u.traits AS VARCHAR)
FROM (SELECT user_id, properties FROM fact_events WHERE project_id = $1 ORDER BY seq DESC LIMIT {limit}) e
JOIN dim_users u ON u.user_id = e.user_id
