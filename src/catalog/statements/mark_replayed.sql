-- $1 id, $2 now
UPDATE quarantine SET replayed_at = $2 WHERE id = $1 AND replayed_at IS NULL
