-- Living or buried.
SELECT id FROM object WHERE kind = ?1 AND name = ?2
UNION ALL SELECT id FROM buried WHERE kind = ?1 AND name = ?2
