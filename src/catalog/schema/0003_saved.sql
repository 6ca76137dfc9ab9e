-- What the dashboard keeps for a project: questions, dashboards of them, annotations of charts. The content is a JSON object.
-- A removed item stays as a row without content, so that its id is never another's. Instants are UTC microseconds.
CREATE TABLE saved_items (
  kind TEXT NOT NULL,
  id BIGINT NOT NULL,
  project_number BIGINT NOT NULL REFERENCES projects (number),
  content TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  is_removed BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE INDEX saved_items_by_project ON saved_items (project_number, kind, id);
