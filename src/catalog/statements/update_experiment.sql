-- $1 project, $2 id, $3 name, $4 goal, $5 window_s, $6 threshold, $7 yates, $8 status
UPDATE experiments SET name = $3, goal = $4, window_s = $5, threshold = $6, yates = $7, status = $8
WHERE project_number = $1 AND id = $2
