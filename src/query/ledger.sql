-- One row: an hour of receipt. $1 project, $2 from, $3 until
SELECT hour, stored, duplicate, quarantined, erased
FROM ledger
WHERE project_id = $1 AND hour >= $2 AND hour < $3
ORDER BY hour
