-- $1 id, $2 name, $3 timezone, $4 currency, $5 max_event_age_s, $6 created_at
INSERT INTO projects (number, id, name, timezone, currency, max_event_age_s, created_at)
VALUES ((SELECT max(number) + 1 FROM projects), $1, $2, $3, $4, $5, $6)
