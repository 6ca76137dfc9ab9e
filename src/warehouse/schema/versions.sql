-- One row for each step of the schema that was applied.
CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER NOT NULL)
