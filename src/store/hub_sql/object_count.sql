SELECT count(*) FROM (
  SELECT 1 FROM object WHERE kind = ?1 AND name >= ?2 AND name < ?3 LIMIT ?4)
