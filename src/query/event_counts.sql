-- One row: a project and its events. $1 received since
SELECT project_id, count(*) AS events FROM fact_events WHERE received_at >= $1 GROUP BY project_id
