SELECT id, kind, name, digest, purpose, requested_by, requested, state, decided_by, decided, reason
FROM approval
WHERE kind = ?4 AND name = ?5 AND (?3 IS NULL OR state = ?3) AND id < ?1 ORDER BY id DESC LIMIT ?2
