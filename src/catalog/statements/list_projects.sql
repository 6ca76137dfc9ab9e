SELECT number, id, name, timezone, currency, max_event_age_s FROM projects ORDER BY id
