-- $1 project, $2 experiment, $3 place, $4 variant, $5 weight
INSERT INTO experiment_variants (project_number, experiment_id, place, variant, weight) VALUES ($1, $2, $3, $4, $5)
