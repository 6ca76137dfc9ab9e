-- The highest number of a project that something was received for; 0 when nothing was.
SELECT coalesce(max(project_id), 0) FROM ledger
