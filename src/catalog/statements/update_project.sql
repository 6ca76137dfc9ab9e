-- $1 number, $2 name, $3 timezone, $4 currency, $5 max_event_age_s
UPDATE projects SET name = $2, timezone = $3, currency = $4, max_event_age_s = $5 WHERE number = $1
