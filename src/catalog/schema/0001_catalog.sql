-- Projects, keys, quarantine, audit, and the counts of what was refused for overload. Instants are UTC microseconds.
CREATE TABLE projects (
  number BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  currency TEXT NOT NULL,
  max_event_age_s BIGINT,
  created_at BIGINT NOT NULL
);

INSERT INTO projects (number, id, name, timezone, currency, max_event_age_s, created_at)
VALUES (1, 'default', 'Default', 'UTC', 'USD', NULL, 0);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  project_number BIGINT NOT NULL REFERENCES projects (number),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  prefix TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE quarantine (
  id BIGINT PRIMARY KEY,
  project_number BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  pointer TEXT NOT NULL,
  payload TEXT NOT NULL,
  file TEXT,
  line BIGINT,
  replayed_at BIGINT
);

CREATE INDEX quarantine_by_project ON quarantine (project_number, id);

CREATE TABLE audit_entries (
  id BIGINT PRIMARY KEY,
  happened_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  details TEXT NOT NULL
);

CREATE TABLE limited_events (
  project_number BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  events BIGINT NOT NULL,
  PRIMARY KEY (project_number, hour)
);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
