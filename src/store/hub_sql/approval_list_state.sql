SELECT id, kind, name, digest, purpose, requested_by, requested, state, decided_by, decided, reason
FROM approval WHERE state = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2
