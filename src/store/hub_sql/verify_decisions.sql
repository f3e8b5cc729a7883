SELECT id, kind, name, digest, state, decided, decided_by FROM approval
WHERE state <> 0 OR decided IS NOT NULL OR decided_by <> '' ORDER BY id
