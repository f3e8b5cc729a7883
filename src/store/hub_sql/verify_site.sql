SELECT name FROM object WHERE id = ?1 AND kind = 0
UNION ALL SELECT name FROM buried WHERE id = ?1 AND kind = 0
