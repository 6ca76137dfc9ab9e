-- Deltas; several may fall in one hour of a project.
MERGE INTO ledger USING (
  SELECT project_id, hour, CAST(sum(stored) AS BIGINT) AS stored, CAST(sum(duplicate) AS BIGINT) AS duplicate,
         CAST(sum(quarantined) AS BIGINT) AS quarantined
  FROM incoming GROUP BY project_id, hour
) AS delta ON ledger.project_id = delta.project_id AND ledger.hour = delta.hour
WHEN MATCHED THEN UPDATE SET stored = ledger.stored + delta.stored,
                             duplicate = ledger.duplicate + delta.duplicate,
                             quarantined = ledger.quarantined + delta.quarantined
WHEN NOT MATCHED THEN INSERT VALUES (delta.project_id, delta.hour, delta.stored, delta.duplicate, delta.quarantined, 0)
