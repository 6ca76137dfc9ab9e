-- One row: a variant of an experiment behind the id $2 (of $3, when that is not empty), by id and place. $1 project
SELECT e.id, e.name, e.goal, e.window_s, e.threshold, e.yates, e.status, v.variant, v.weight
FROM experiments e
JOIN experiment_variants v ON v.project_number = e.project_number AND v.experiment_id = e.id
WHERE e.project_number = $1 AND e.id > $2 AND ($3 = '' OR e.id = $3)
ORDER BY e.id, v.place
