-- $1 project, $2 id, $3 name, $4 goal, $5 window_s, $6 threshold, $7 yates, $8 status, $9 created_at
INSERT INTO experiments (project_number, id, name, goal, window_s, threshold, yates, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
