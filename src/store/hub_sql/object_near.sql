SELECT name FROM object WHERE kind = ?1 AND name >= ?2 AND name < ?3 ORDER BY name LIMIT ?4
