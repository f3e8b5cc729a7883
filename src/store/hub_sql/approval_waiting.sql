SELECT 1 FROM approval WHERE kind = ?1 AND name = ?2 AND digest = ?3 AND state = 0
