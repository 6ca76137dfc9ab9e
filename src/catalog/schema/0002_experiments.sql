-- Experiments and their variants, in the order they were listed. A goal is a selector as JSON. Instants are UTC
-- microseconds.
CREATE TABLE experiments (
  project_number BIGINT NOT NULL REFERENCES projects (number),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  goal TEXT NOT NULL,
  window_s BIGINT NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  yates BIGINT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_number, id)
);

CREATE TABLE experiment_variants (
  project_number BIGINT NOT NULL,
  experiment_id TEXT NOT NULL,
  place BIGINT NOT NULL,
  variant TEXT NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (project_number, experiment_id, place),
  FOREIGN KEY (project_number, experiment_id) REFERENCES experiments (project_number, id)
);
