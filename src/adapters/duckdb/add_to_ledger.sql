-- Hours of which there are numbers already.
UPDATE ledger
SET stored = ledger.stored + incoming.stored,
    duplicate = ledger.duplicate + incoming.duplicate,
    quarantined = ledger.quarantined + incoming.quarantined
FROM incoming WHERE ledger.project_id = incoming.project_id AND ledger.hour = incoming.hour
