SELECT id, kind, name, digest, purpose, requested_by, requested, state, decided_by, decided, reason
FROM approval WHERE id = ?1
