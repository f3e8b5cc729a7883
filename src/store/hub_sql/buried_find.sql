SELECT id, revision FROM buried WHERE kind = ?1 AND name = ?2
