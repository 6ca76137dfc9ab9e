-- $1 project, $2 experiment
DELETE FROM experiment_variants WHERE project_number = $1 AND experiment_id = $2
